//! Leads, their floor, notes and consent.

use super::{Client, Error};
use crate::{
    LeadId, Page,
    api::{
        consent::{Consent, ContactAnswer, ContactCheck, RecordConsent},
        lead::{AddNote, CreateLead, EditLead, FloorChanged, Lead, LeadQuery, SetFloor},
        lead_export::LeadExport,
        turn::Turn,
    },
};

impl Client {
    /// `GET /leads`
    pub async fn leads(&self, query: &LeadQuery) -> Result<Page<Lead>, Error> {
        let LeadQuery { status, floor, assigned_to, sentiment, waiting, q, sort, limit, cursor } = query;
        self.get("/api/v1/leads")
            .maybe("status", status.as_ref())
            .maybe("floor", floor.as_ref())
            .maybe("assigned_to", assigned_to.as_ref())
            .maybe("sentiment", sentiment.as_ref())
            .maybe("waiting", waiting.as_ref())
            .maybe("q", q.as_ref())
            .maybe("sort", sort.as_ref())
            .maybe("limit", limit.as_ref())
            .maybe("cursor", cursor.as_ref())
            .json()
            .await
    }

    /// `GET /leads/{id}`
    pub async fn lead(&self, id: LeadId) -> Result<Lead, Error> {
        self.get(format!("/api/v1/leads/{id}")).json().await
    }

    /// `POST /leads`
    pub async fn create_lead(&self, body: &CreateLead) -> Result<Lead, Error> {
        self.post("/api/v1/leads", body).json().await
    }

    /// `PATCH /leads/{id}`; `version` is the one that was edited, another one is a 412.
    pub async fn edit_lead(&self, id: LeadId, version: i64, body: &EditLead) -> Result<Lead, Error> {
        self.patch(format!("/api/v1/leads/{id}"), body).if_match(version).json().await
    }

    /// `GET /leads/{id}/timeline`, newest first.
    pub async fn timeline(&self, id: LeadId, limit: u32, cursor: Option<&str>) -> Result<Page<Turn>, Error> {
        self.get(format!("/api/v1/leads/{id}/timeline"))
            .query("limit", limit)
            .maybe("cursor", cursor)
            .json()
            .await
    }

    /// `GET /leads/{id}/export`
    pub async fn export_lead(&self, id: LeadId) -> Result<LeadExport, Error> {
        self.get(format!("/api/v1/leads/{id}/export")).json().await
    }

    /// `POST /leads/{id}/floor`
    pub async fn set_floor(&self, id: LeadId, body: &SetFloor) -> Result<FloorChanged, Error> {
        self.post(format!("/api/v1/leads/{id}/floor"), body).json().await
    }

    /// `POST /leads/{id}/notes`
    pub async fn add_note(&self, id: LeadId, body: &AddNote) -> Result<Turn, Error> {
        self.post(format!("/api/v1/leads/{id}/notes"), body).json().await
    }

    /// `POST /leads/{id}/contact-check`; changes nothing.
    pub async fn contact_check(&self, id: LeadId, body: &ContactCheck) -> Result<ContactAnswer, Error> {
        self.post(format!("/api/v1/leads/{id}/contact-check"), body).json().await
    }

    /// `GET /leads/{id}/consents`
    pub async fn consents(&self, id: LeadId) -> Result<Page<Consent>, Error> {
        self.get(format!("/api/v1/leads/{id}/consents")).json().await
    }

    /// `POST /leads/{id}/consents`
    pub async fn record_consent(&self, id: LeadId, body: &RecordConsent) -> Result<Consent, Error> {
        self.post(format!("/api/v1/leads/{id}/consents"), body).json().await
    }
}
