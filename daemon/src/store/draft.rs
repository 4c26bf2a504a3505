//! Drafts: text that waits for a person.

use lotline_common::{
    At, DraftId, LeadId, UserId,
    api::{
        draft::Draft,
        turn::{Author, AuthorKind},
    },
    event::EventKind,
};
use sqlx::FromRow;

use super::event::{self, NewEvent};
use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
};

#[derive(FromRow)]
struct Row {
    id: DraftId,
    lead_id: LeadId,
    author_kind: AuthorKind,
    author_id: Option<UserId>,
    author_name: Option<String>,
    text: String,
    reason: String,
    created_at: At,
}

impl From<Row> for Draft {
    fn from(row: Row) -> Self {
        let author =
            Author { kind: row.author_kind, id: row.author_id.map(UserId::uuid), name: row.author_name };
        Self {
            id: row.id,
            lead_id: row.lead_id,
            author,
            text: row.text,
            reason: row.reason,
            at: row.created_at,
        }
    }
}

const COLUMNS: &str = "SELECT d.id, d.lead_id, d.author_kind, d.author_id, d.text, d.reason, d.created_at,
    CASE d.author_kind WHEN 'ai' THEN p.persona ELSE u.name END AS author_name
    FROM drafts d LEFT JOIN users u ON u.id = d.author_id
    LEFT JOIN agent_profiles p ON p.organization_id = d.organization_id AND p.retired_at IS NULL ";

/// Stores a draft and says so.
pub async fn insert(tx: &mut Tx, org: OrgKey, draft: &Draft) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "INSERT INTO drafts (id, organization_id, lead_id, author_kind, author_id, text, reason, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(draft.id)
    .bind(org.number())
    .bind(draft.lead_id)
    .bind(draft.author.kind)
    .bind(draft.author.id)
    .bind(draft.text.clone())
    .bind(draft.reason.clone())
    .bind(draft.at)
    .execute()
    .await?;
    let added = NewEvent::new(EventKind::DraftAdded).lead(draft.lead_id).by(draft.author.clone());
    let added = added.detail(|detail| {
        detail.draft_id = Some(draft.id);
        detail.reason = Some(draft.reason.clone());
    });
    event::append(tx, org, draft.at, added)
}

/// Drafts of a lead, oldest first.
pub async fn list(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Vec<Draft>, DbError> {
    tx.guard(org)?;
    let query =
        tx.query(COLUMNS).push("WHERE d.lead_id = $1 AND d.organization_id = $2 ORDER BY d.created_at, d.id");
    let rows: Vec<Row> = query.bind(lead).bind(org.number()).all().await?;
    Ok(rows.into_iter().map(Draft::from).collect())
}

pub async fn find(tx: &mut Tx, org: OrgKey, draft: DraftId) -> Result<Draft, DbError> {
    tx.guard(org)?;
    let query = tx.query(COLUMNS).push("WHERE d.id = $1 AND d.organization_id = $2");
    let row: Row = query.bind(draft).bind(org.number()).one().await?;
    Ok(row.into())
}

pub async fn edit(tx: &mut Tx, org: OrgKey, draft: DraftId, text: String) -> Result<(), DbError> {
    tx.guard(org)?;
    let query = tx.query("UPDATE drafts SET text = $3 WHERE id = $1 AND organization_id = $2");
    query.bind(draft).bind(org.number()).bind(text).execute().await.map(drop)
}

/// Removes a draft and says so. One that is gone already is no error.
pub async fn remove(tx: &mut Tx, org: OrgKey, at: At, lead: LeadId, draft: DraftId) -> Result<(), DbError> {
    tx.guard(org)?;
    let query = tx.query("DELETE FROM drafts WHERE id = $1 AND organization_id = $2 AND lead_id = $3");
    if query.bind(draft).bind(org.number()).bind(lead).execute().await? == 0 {
        return Ok(());
    }
    let removed = NewEvent::new(EventKind::DraftRemoved).lead(lead);
    event::append(tx, org, at, removed.detail(|detail| detail.draft_id = Some(draft)))
}
