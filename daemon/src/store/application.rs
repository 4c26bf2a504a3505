//! The vault: fields of an application, each sealed by the customer's own key.

use std::collections::BTreeMap;

use lotline_common::{At, LeadId, UserId, api::application::ApplicationField};

use crate::{
    db::{DbError, Hex, Json, Tx},
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

/// Fills fields with what is sealed, all with one statement.
pub async fn put(
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
    sealed: BTreeMap<ApplicationField, Vec<u8>>,
    by: UserId,
    at: At,
) -> Result<(), DbError> {
    tx.guard(org)?;
    let sql = tx.pick(
        "INSERT INTO application_fields (organization_id, lead_id, field, value, updated_by, updated_at)
         SELECT $1, $2, j.key, unhex(j.value), $4, $5 FROM json_each($3) j WHERE TRUE
         ON CONFLICT (lead_id, organization_id, field)
         DO UPDATE SET value = excluded.value, updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        "INSERT INTO application_fields (organization_id, lead_id, field, value, updated_by, updated_at)
         SELECT $1, $2, j.key, decode(j.value, 'hex'), $4, $5 FROM jsonb_each_text($3::jsonb) j
         ON CONFLICT (lead_id, organization_id, field)
         DO UPDATE SET value = excluded.value, updated_by = excluded.updated_by, updated_at = excluded.updated_at",
    );
    let sealed: BTreeMap<_, _> = sealed.into_iter().map(|(field, value)| (field, Hex(value))).collect();
    tx.query(sql).bind(org.number()).bind(lead).bind(Json(sealed)).bind(by).bind(at).execute().await.map(drop)
}

pub async fn empty(
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
    fields: Vec<ApplicationField>,
) -> Result<(), DbError> {
    tx.guard(org)?;
    let sql = tx.pick(
        "DELETE FROM application_fields
         WHERE lead_id = $2 AND organization_id = $1 AND field IN (SELECT value FROM json_each($3))",
        "DELETE FROM application_fields
         WHERE lead_id = $2 AND organization_id = $1 AND field IN (SELECT jsonb_array_elements_text($3::jsonb))",
    );
    tx.query(sql).bind(org.number()).bind(lead).bind(Json(fields)).execute().await.map(drop)
}
