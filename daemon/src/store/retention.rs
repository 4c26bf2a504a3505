//! Clocks of an organization, and the pruning of what they have run out for: a batch at a time, never what is held.
//!
//! A `CROSS JOIN` is read in its order by SQLite, which would else begin with all leads of the organization.

use lotline_common::{At, LeadId, TurnId, api::retention::RecordClass};

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
};

/// A class where the organization differs from the default, or the pruning has begun.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Setting {
    pub record_class: RecordClass,
    pub days: Option<i64>,
    /// Everything before it is pruned already.
    pub done_to: At,
}

pub async fn settings(tx: &mut Tx, org: OrgKey) -> Result<Vec<Setting>, DbError> {
    tx.guard(org)?;
    tx.query("SELECT record_class, days, done_to FROM retention WHERE organization_id = $1")
        .bind(org.number())
        .all()
        .await
}

pub async fn set(tx: &mut Tx, org: OrgKey, class: RecordClass, days: Option<i64>) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "INSERT INTO retention (organization_id, record_class, days) VALUES ($1, $2, $3)
         ON CONFLICT (organization_id, record_class) DO UPDATE SET days = excluded.days",
    )
    .bind(org.number())
    .bind(class)
    .bind(days)
    .execute()
    .await
    .map(drop)
}

/// Notes how far the pruning of a class has come.
pub async fn done(tx: &mut Tx, org: OrgKey, class: RecordClass, to: At) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "INSERT INTO retention (organization_id, record_class, done_to) VALUES ($1, $2, $3)
         ON CONFLICT (organization_id, record_class) DO UPDATE SET done_to = excluded.done_to",
    )
    .bind(org.number())
    .bind(class)
    .bind(to)
    .execute()
    .await
    .map(drop)
}

/// A hold was lifted: what it kept may be long overdue.
pub async fn look_again(tx: &mut Tx, org: OrgKey) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("UPDATE retention SET done_to = 0 WHERE organization_id = $1")
        .bind(org.number())
        .execute()
        .await
        .map(drop)
}

/// Blanks up to `limit` turns made from `from` on and before `before`; how many.
pub async fn messages(tx: &mut Tx, org: OrgKey, from: At, before: At, limit: i64) -> Result<u64, DbError> {
    tx.guard(org)?;
    tx.query(
        "UPDATE turns SET text = '', media = NULL, promise = FALSE WHERE organization_id = $1 AND id IN (
             SELECT t.id FROM turns t CROSS JOIN leads l
             WHERE l.id = t.lead_id AND l.organization_id = t.organization_id AND NOT l.legal_hold
                 AND t.organization_id = $1 AND t.id >= $2 AND t.id < $3 AND (t.text <> '' OR t.media IS NOT NULL)
             ORDER BY t.id LIMIT $4)",
    )
    .bind(org.number())
    .bind(TurnId::from_uuid(super::first_id_at(from)))
    .bind(TurnId::from_uuid(super::first_id_at(before)))
    .bind(limit)
    .execute()
    .await
}

/// Removes up to `limit` drafts from before `before`; how many.
pub async fn drafts(tx: &mut Tx, org: OrgKey, before: At, limit: i64) -> Result<u64, DbError> {
    tx.guard(org)?;
    tx.query(
        "DELETE FROM drafts WHERE organization_id = $1 AND id IN (
             SELECT d.id FROM drafts d CROSS JOIN leads l
             WHERE l.id = d.lead_id AND l.organization_id = d.organization_id AND NOT l.legal_hold
                 AND d.organization_id = $1 AND d.created_at < $2 LIMIT $3)",
    )
    .bind(org.number())
    .bind(before)
    .bind(limit)
    .execute()
    .await
}

/// Customers whose application nobody used since `before`, up to `limit`.
pub async fn unused_applications(
    tx: &mut Tx,
    org: OrgKey,
    before: At,
    limit: i64,
) -> Result<Vec<LeadId>, DbError> {
    tx.guard(org)?;
    let rows: Vec<(LeadId,)> = tx
        .query(
            "SELECT k.lead_id FROM lead_keys k JOIN leads l ON l.id = k.lead_id
                 AND l.organization_id = k.organization_id
             WHERE k.organization_id = $1 AND l.last_turn_at < $2 AND k.created_at < $2 AND NOT l.legal_hold
                 AND NOT EXISTS (SELECT 1 FROM application_fields f WHERE f.lead_id = k.lead_id
                     AND f.organization_id = k.organization_id AND f.updated_at >= $2)
             LIMIT $3",
        )
        .bind(org.number())
        .bind(before)
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(lead,)| lead).collect())
}

/// Destroys the key and the fields of one application.
pub async fn destroy_application(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("DELETE FROM application_fields WHERE lead_id = $2 AND organization_id = $1")
        .bind(org.number())
        .bind(lead)
        .execute()
        .await?;
    super::data_key::destroy_of_lead(tx, org, lead).await
}

/// Removes up to `limit` lines of the consent ledger from before `before` that a newer line of the same phone replaced.
pub async fn consents(tx: &mut Tx, org: OrgKey, before: At, limit: i64) -> Result<u64, DbError> {
    tx.guard(org)?;
    tx.query(
        "DELETE FROM consents WHERE organization_id = $1 AND id IN (
             SELECT c.id FROM consents c WHERE c.organization_id = $1 AND c.at < $2
                 AND EXISTS (SELECT 1 FROM consents n WHERE n.phone = c.phone AND n.organization_id = c.organization_id
                     AND n.channel = c.channel AND (n.at, n.id) > (c.at, c.id))
                 AND NOT EXISTS (SELECT 1 FROM leads l WHERE l.id = c.lead_id
                     AND l.organization_id = c.organization_id AND l.legal_hold)
             LIMIT $3)",
    )
    .bind(org.number())
    .bind(before)
    .bind(limit)
    .execute()
    .await
}

/// Removes up to `limit` raw bodies from before `before`; how many.
pub async fn receipts(tx: &mut Tx, org: OrgKey, before: At, limit: i64) -> Result<u64, DbError> {
    tx.guard(org)?;
    tx.query(
        "DELETE FROM receipts WHERE organization_id = $1 AND id IN (
             SELECT r.id FROM receipts r WHERE r.organization_id = $1 AND r.id < $2
                 AND NOT EXISTS (SELECT 1 FROM turns t JOIN leads l ON l.id = t.lead_id
                         AND l.organization_id = t.organization_id
                     WHERE t.id = r.id AND t.organization_id = r.organization_id AND l.legal_hold)
             ORDER BY r.id LIMIT $3)",
    )
    .bind(org.number())
    .bind(super::first_id_at(before))
    .bind(limit)
    .execute()
    .await
}

/// Is anything held? Then the audit log, which can only be cut from its old end, stays whole.
pub async fn any_hold(tx: &mut Tx, org: OrgKey) -> Result<bool, DbError> {
    tx.guard(org)?;
    let (held,): (bool,) = tx
        .query("SELECT EXISTS (SELECT 1 FROM leads WHERE organization_id = $1 AND legal_hold)")
        .bind(org.number())
        .one()
        .await?;
    Ok(held)
}
