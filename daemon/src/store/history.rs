//! What an agent is told of a thread: the newest turns that reached the customer, and older promises. Never all of it.

use lotline_common::{
    At, LeadId,
    api::turn::{AuthorKind, Channel, TurnKind},
};
use sqlx::FromRow;

use crate::{
    db::{DbError, Tx},
    domain::{context::Said, organization::OrgKey},
};

#[derive(FromRow)]
struct Row {
    seq: i64,
    kind: TurnKind,
    channel: Option<Channel>,
    author_kind: AuthorKind,
    author_name: Option<String>,
    text: String,
    at: At,
}

impl From<Row> for Said {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            kind: row.kind,
            channel: row.channel,
            author: row.author_kind,
            author_name: row.author_name,
            text: row.text,
            at: row.at,
        }
    }
}

/// A turn is cut here already: one of a million characters must not be read to be thrown away.
const COLUMNS: &str = "SELECT t.seq, t.kind, t.channel, t.author_kind, u.name AS author_name,
    SUBSTR(t.text, 1, 4000) AS text, t.at
    FROM turns t LEFT JOIN users u ON u.id = t.author_id
    LEFT JOIN deliveries d ON d.turn_id = t.id AND d.organization_id = t.organization_id
    WHERE t.lead_id = $1 AND t.organization_id = $2
      AND (d.state IS NULL OR d.state NOT IN ('recalled', 'refused', 'failed', 'undelivered')) ";

/// Newest first, notes left out: they are the team's.
pub async fn newest(tx: &mut Tx, org: OrgKey, lead: LeadId, limit: i64) -> Result<Vec<Said>, DbError> {
    tx.guard(org)?;
    let query = tx.query(COLUMNS).push("AND t.kind <> 'note' ORDER BY t.seq DESC LIMIT $3");
    let rows: Vec<Row> = query.bind(lead).bind(org.number()).bind(limit).all().await?;
    Ok(rows.into_iter().map(Said::from).collect())
}

/// Turns in which the organization gave its word, newest first.
pub async fn promises(tx: &mut Tx, org: OrgKey, lead: LeadId, limit: i64) -> Result<Vec<Said>, DbError> {
    tx.guard(org)?;
    let query = tx.query(COLUMNS).push("AND t.promise ORDER BY t.seq DESC LIMIT $3");
    let rows: Vec<Row> = query.bind(lead).bind(org.number()).bind(limit).all().await?;
    Ok(rows.into_iter().map(Said::from).collect())
}

/// How much was said, by whom.
#[derive(Debug, Clone, Default, FromRow)]
pub struct Counts {
    pub sms: i64,
    pub voice: i64,
    pub customer: i64,
    pub first_at: Option<At>,
}

pub async fn counts(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Counts, DbError> {
    tx.guard(org)?;
    tx.query(
        "SELECT COUNT(*) FILTER (WHERE channel = 'sms') AS sms, COUNT(*) FILTER (WHERE channel = 'voice') AS voice,
             COUNT(*) FILTER (WHERE channel = 'sms' AND author_kind = 'customer') AS customer, MIN(at) AS first_at
         FROM turns WHERE lead_id = $1 AND organization_id = $2 AND kind IN ('message', 'utterance')",
    )
    .bind(lead)
    .bind(org.number())
    .one()
    .await
}
