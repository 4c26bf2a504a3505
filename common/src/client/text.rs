//! Messages and drafts.

use uuid::Uuid;

use super::{Client, Error};
use crate::{
    DraftId, LeadId, Page, TurnId,
    api::{
        draft::{Draft, EditDraft},
        message::{Recalled, ResolveMessage, SendMessage},
        turn::Turn,
    },
};

impl Client {
    /// `POST /leads/{id}/messages`. The `client_id` is the idempotency key: the same one twice is one message.
    pub async fn send_message(&self, id: LeadId, body: &SendMessage) -> Result<Turn, Error> {
        self.post(format!("/api/v1/leads/{id}/messages"), body).key(body.client_id).json().await
    }

    /// `POST /messages/{id}/recall`; 409 once the hold is over.
    pub async fn recall(&self, id: TurnId) -> Result<Recalled, Error> {
        self.post(format!("/api/v1/messages/{id}/recall"), &serde_json::json!({})).json().await
    }

    /// `POST /messages/{id}/resolve`
    pub async fn resolve(&self, id: TurnId, body: &ResolveMessage) -> Result<(), Error> {
        self.post(format!("/api/v1/messages/{id}/resolve"), body).done().await
    }

    /// `GET /leads/{id}/drafts`
    pub async fn drafts(&self, id: LeadId) -> Result<Page<Draft>, Error> {
        self.get(format!("/api/v1/leads/{id}/drafts")).json().await
    }

    /// `PATCH /drafts/{id}`
    pub async fn edit_draft(&self, id: DraftId, body: &EditDraft) -> Result<Draft, Error> {
        self.patch(format!("/api/v1/drafts/{id}"), body).json().await
    }

    /// `DELETE /drafts/{id}`
    pub async fn delete_draft(&self, id: DraftId) -> Result<(), Error> {
        self.delete(format!("/api/v1/drafts/{id}")).done().await
    }

    /// `POST /drafts/{id}/send`; `key` names the intent, so that a repeat is not a second message.
    pub async fn send_draft(&self, id: DraftId, key: Uuid) -> Result<(), Error> {
        self.post(format!("/api/v1/drafts/{id}/send"), &serde_json::json!({})).key(key).done().await
    }
}
