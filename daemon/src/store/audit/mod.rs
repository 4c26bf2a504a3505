//! The audit log: appended in the transaction of the fact itself, dense per organization and chained by hash.
//!
//! A line takes the organization's row, so it comes last; only the events come after it, and they take the same.

mod chain;
mod list;

pub use chain::{Break, Chain, Checked, cut};
pub use list::{Filter, page, read};

use std::time::Duration;

use lotline_common::{At, UserId};

use crate::{
    db::{DbError, Tx},
    domain::{audit::Entry, organization::OrgKey},
    store::member,
};

/// What the chain binds of a line, in this order.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Line {
    seq: i64,
    at: At,
    action: String,
    actor_kind: String,
    actor_id: Option<uuid::Uuid>,
    subject_kind: Option<String>,
    subject_id: Option<uuid::Uuid>,
    address: Option<String>,
    user_agent: Option<String>,
    detail: String,
}

/// Numbers, chains and stores one line.
pub async fn append(tx: &mut Tx, org: OrgKey, at: At, entry: Entry) -> Result<(), DbError> {
    tx.guard(org)?;
    let (seq, before): (i64, Option<Vec<u8>>) = tx
        .query("UPDATE organizations SET audit_seq = audit_seq + 1 WHERE id = $1 RETURNING audit_seq, audit_hash")
        .bind(org.number())
        .one()
        .await?;
    let line = line(seq, at, entry)?;
    let hash = chain::hash(org, before.as_deref(), &line)?;
    tx.query("UPDATE organizations SET audit_hash = $2 WHERE id = $1")
        .bind(org.number())
        .bind(hash.clone())
        .execute()
        .await?;
    tx.query(
        "INSERT INTO audit_log (organization_id, seq, action, actor_kind, actor_id, subject_kind, subject_id, address,
             user_agent, detail, at, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(org.number())
    .bind(line.seq)
    .bind(line.action)
    .bind(line.actor_kind)
    .bind(line.actor_id)
    .bind(line.subject_kind)
    .bind(line.subject_id)
    .bind(line.address)
    .bind(line.user_agent)
    .bind(line.detail)
    .bind(line.at)
    .bind(hash)
    .execute()
    .await
    .map(drop)
}

fn line(seq: i64, at: At, entry: Entry) -> Result<Line, DbError> {
    let Entry { action, by, subject, detail } = entry;
    let detail = serde_json::to_string(&detail).map_err(|error| DbError::Statement(error.to_string()))?;
    Ok(Line {
        seq,
        at,
        action: action.as_str().to_owned(),
        actor_kind: by.kind.as_str().to_owned(),
        actor_id: by.id,
        subject_kind: subject.map(|subject| subject.kind.as_str().to_owned()),
        subject_id: subject.map(|subject| subject.id),
        address: by.origin.address.map(|address| address.to_string()),
        user_agent: by.origin.user_agent,
        detail,
    })
}

/// The same in every organization of a person: what happens to an account concerns all of them.
pub async fn append_everywhere(tx: &mut Tx, user: UserId, at: At, entry: &Entry) -> Result<(), DbError> {
    for org in member::organizations(tx, user).await? {
        append(tx, org, at, entry.clone()).await?;
    }
    Ok(())
}

/// Appends unless the same person did the same to the same within `window`.
pub async fn append_once(
    tx: &mut Tx,
    org: OrgKey,
    at: At,
    entry: Entry,
    window: Duration,
) -> Result<(), DbError> {
    tx.guard(org)?;
    let (known,): (bool,) = tx
        .query(
            "SELECT EXISTS (SELECT 1 FROM audit_log WHERE organization_id = $1 AND actor_id = $2 AND action = $3
                 AND subject_id = $4 AND at > $5)",
        )
        .bind(org.number())
        .bind(entry.by.id)
        .bind(entry.action)
        .bind(entry.subject.map(|subject| subject.id))
        .bind(at - window)
        .one()
        .await?;
    if known { Ok(()) } else { append(tx, org, at, entry).await }
}

/// Number of the last line and its hash, to be noted elsewhere.
pub async fn head(tx: &mut Tx, org: OrgKey) -> Result<(i64, Option<Vec<u8>>), DbError> {
    tx.guard(org)?;
    tx.query("SELECT audit_seq, audit_hash FROM organizations WHERE id = $1").bind(org.number()).one().await
}
