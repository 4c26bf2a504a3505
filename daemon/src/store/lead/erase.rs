//! A customer is forgotten: what they said and who they were goes; that there was somebody stays.
//!
//! Rows of the thread stay blank, so that numbers stay dense and a repeated webhook writes nothing. The ledger of
//! consent stays as it is: it is the proof of an opt-out, and what keeps honouring it.

use lotline_common::{At, LeadId, PhoneNumber};

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
    store::search,
};

/// One statement per table, each with the organization as `$1` and the lead as `$2`.
const STATEMENTS: &[&str] = &[
    "DELETE FROM application_fields WHERE lead_id = $2 AND organization_id = $1",
    "DELETE FROM lead_keys WHERE lead_id = $2 AND organization_id = $1",
    "DELETE FROM drafts WHERE lead_id = $2 AND organization_id = $1",
    // The receipt of a text carries the turn's id; what the carrier told of our own follows by a job.
    "DELETE FROM receipts WHERE organization_id = $1
         AND id IN (SELECT id FROM turns WHERE lead_id = $2 AND organization_id = $1)",
    "UPDATE turns SET text = '', media = NULL, promise = FALSE, erased = TRUE
         WHERE lead_id = $2 AND organization_id = $1",
    // Nothing else takes a phone from its lead: a repeated text is looked for among those of the phone's lead.
    "DELETE FROM lead_contacts WHERE lead_id = $2 AND organization_id = $1",
];

/// Blanks and removes everything of a lead but its ledger.
pub async fn erase(tx: &mut Tx, org: OrgKey, lead: LeadId, at: At) -> Result<(), DbError> {
    tx.guard(org)?;
    for statement in STATEMENTS {
        tx.query(statement).bind(org.number()).bind(lead).execute().await?;
    }
    search::forget(tx, org, lead).await?;
    tx.query(
        "UPDATE deliveries SET to_number = $3, client_id = NULL, needs_operator = FALSE, updated_at = $4,
             state = CASE WHEN state IN ('held', 'queued') THEN 'refused' WHEN state = 'attempting' THEN 'unknown'
                 ELSE state END
         WHERE organization_id = $1 AND turn_id IN (SELECT id FROM turns WHERE lead_id = $2 AND organization_id = $1)",
    )
    .bind(org.number())
    .bind(lead)
    .bind(PhoneNumber::unknown())
    .bind(at)
    .execute()
    .await?;
    tx.query(
        "UPDATE leads SET name = NULL, vehicle = NULL, source = NULL, tags = '[]', own_number = NULL,
             sentiment = NULL, sentiment_source = NULL, sentiment_at = NULL, assigned_to = NULL, floor_kind = 'nobody',
             floor_member = NULL, floor_fence = floor_fence + 1, waiting_since = NULL, unread = 0, updated_at = $3,
             erased_at = $3, version = version + 1
         WHERE id = $2 AND organization_id = $1",
    )
    .bind(org.number())
    .bind(lead)
    .bind(at)
    .execute()
    .await
    .map(drop)
}

/// Leaves a stone by which the phone is recognised by whoever has the key of the hash.
pub async fn tombstone(
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
    phone_hash: Option<Vec<u8>>,
    at: At,
) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "INSERT INTO tombstones (organization_id, lead_id, phone_hash, erased_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(org.number())
    .bind(lead)
    .bind(phone_hash)
    .bind(at)
    .execute()
    .await
    .map(drop)
}

/// Erased leads that had this phone.
pub async fn recognised(tx: &mut Tx, org: OrgKey, phone_hash: Vec<u8>) -> Result<Vec<LeadId>, DbError> {
    tx.guard(org)?;
    let rows: Vec<(LeadId,)> = tx
        .query("SELECT lead_id FROM tombstones WHERE phone_hash = $2 AND organization_id = $1 ORDER BY erased_at")
        .bind(org.number())
        .bind(phone_hash)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(lead,)| lead).collect())
}
