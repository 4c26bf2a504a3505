//! An organization, its members, invites, API keys and numbers.

use super::{Client, Error};
use crate::{
    ApiKeyId, InviteId, JobId, Page, PhoneNumberId, UserId,
    api::{
        api_key::{ApiKey, MakeApiKey, NewApiKey},
        auth::Organization,
        dead_letter::DeadLetter,
        invite::{Invite, NewInvite, OpenInvite},
        organization::{EditMember, EditNumber, EditOrganization, Member, OwnNumber},
    },
};

impl Client {
    /// `PATCH /organization`
    pub async fn edit_organization(&self, body: &EditOrganization) -> Result<Organization, Error> {
        self.patch("/api/v1/organization", body).json().await
    }

    /// `GET /members`
    pub async fn members(&self) -> Result<Page<Member>, Error> {
        self.get("/api/v1/members").json().await
    }

    /// `PATCH /members/{id}`
    pub async fn edit_member(&self, id: UserId, body: &EditMember) -> Result<Member, Error> {
        self.patch(format!("/api/v1/members/{id}"), body).json().await
    }

    /// `DELETE /members/{id}`
    pub async fn remove_member(&self, id: UserId) -> Result<(), Error> {
        self.delete(format!("/api/v1/members/{id}")).done().await
    }

    /// `GET /invites`
    pub async fn invites(&self) -> Result<Page<OpenInvite>, Error> {
        self.get("/api/v1/invites").json().await
    }

    /// `POST /invites`
    pub async fn invite(&self, body: &Invite) -> Result<NewInvite, Error> {
        self.post("/api/v1/invites", body).json().await
    }

    /// `DELETE /invites/{id}`
    pub async fn revoke_invite(&self, id: InviteId) -> Result<(), Error> {
        self.delete(format!("/api/v1/invites/{id}")).done().await
    }

    /// `GET /api-keys`
    pub async fn api_keys(&self) -> Result<Page<ApiKey>, Error> {
        self.get("/api/v1/api-keys").json().await
    }

    /// `POST /api-keys`
    pub async fn make_api_key(&self, body: &MakeApiKey) -> Result<NewApiKey, Error> {
        self.post("/api/v1/api-keys", body).json().await
    }

    /// `DELETE /api-keys/{id}`
    pub async fn revoke_api_key(&self, id: ApiKeyId) -> Result<(), Error> {
        self.delete(format!("/api/v1/api-keys/{id}")).done().await
    }

    /// `GET /dead-letters`
    pub async fn dead_letters(&self) -> Result<Page<DeadLetter>, Error> {
        self.get("/api/v1/dead-letters").json().await
    }

    /// `POST /dead-letters/{id}/retry`
    pub async fn retry_job(&self, id: JobId) -> Result<(), Error> {
        self.post(format!("/api/v1/dead-letters/{id}/retry"), &()).done().await
    }

    /// `POST /dead-letters/{id}/give-up`
    pub async fn give_up_job(&self, id: JobId) -> Result<(), Error> {
        self.post(format!("/api/v1/dead-letters/{id}/give-up"), &()).done().await
    }

    /// `GET /phone-numbers`
    pub async fn phone_numbers(&self) -> Result<Page<OwnNumber>, Error> {
        self.get("/api/v1/phone-numbers").json().await
    }

    /// `PATCH /phone-numbers/{id}`
    pub async fn edit_number(&self, id: PhoneNumberId, body: &EditNumber) -> Result<OwnNumber, Error> {
        self.patch(format!("/api/v1/phone-numbers/{id}"), body).json().await
    }
}
