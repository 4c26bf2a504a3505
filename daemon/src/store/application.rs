//! The vault: fields of an application, each sealed by the customer's own key.

use lotline_common::{At, LeadId, UserId, api::application::ApplicationField};

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
    seal::Place,
};

/// Where a field is sealed for.
pub fn place(org: OrgKey, lead: LeadId, field: ApplicationField) -> Place {
    Place { organization: org, table: "application_fields", column: field.as_str(), row: lead.uuid() }
}

/// Every field that is filled, as it is sealed.
pub async fn fields(
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
) -> Result<Vec<(ApplicationField, Vec<u8>)>, DbError> {
    tx.guard(org)?;
    tx.query("SELECT field, value FROM application_fields WHERE lead_id = $2 AND organization_id = $1")
        .bind(org.number())
        .bind(lead)
        .all()
        .await
}

/// Which fields are filled.
pub async fn filled(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Vec<ApplicationField>, DbError> {
    Ok(fields(tx, org, lead).await?.into_iter().map(|(field, _sealed)| field).collect())
}

pub async fn put(
    tx: &mut Tx,
    org: OrgKey,
    (lead, field): (LeadId, ApplicationField),
    sealed: Vec<u8>,
    by: UserId,
    at: At,
) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "INSERT INTO application_fields (organization_id, lead_id, field, value, updated_by, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (lead_id, organization_id, field)
         DO UPDATE SET value = excluded.value, updated_by = excluded.updated_by, updated_at = excluded.updated_at",
    )
    .bind(org.number())
    .bind(lead)
    .bind(field)
    .bind(sealed)
    .bind(by)
    .bind(at)
    .execute()
    .await
    .map(drop)
}

pub async fn empty(tx: &mut Tx, org: OrgKey, lead: LeadId, field: ApplicationField) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("DELETE FROM application_fields WHERE lead_id = $2 AND organization_id = $1 AND field = $3")
        .bind(org.number())
        .bind(lead)
        .bind(field)
        .execute()
        .await
        .map(drop)
}
