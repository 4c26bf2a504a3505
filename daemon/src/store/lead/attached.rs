//! The consent ledger of one lead.

use lotline_common::{
    At, LeadId, PhoneNumber, TurnId,
    api::{
        consent::{Consent, ConsentKind, ConsentSource},
        turn::Channel,
    },
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
};

#[derive(FromRow)]
struct ConsentRow {
    id: Uuid,
    kind: ConsentKind,
    channel: Channel,
    phone: PhoneNumber,
    source: ConsentSource,
    turn_id: Option<TurnId>,
    note: Option<String>,
    at: At,
}

/// Where a page of the ledger ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    at: At,
    id: Uuid,
}

/// Lines of a lead's ledger before `before`, newest first.
pub async fn consents(
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
    before: Option<Line>,
    limit: i64,
) -> Result<Vec<(Line, Consent)>, DbError> {
    tx.guard(org)?;
    let before = before.unwrap_or(Line { at: At::from_micros(i64::MAX), id: Uuid::max() });
    let rows: Vec<ConsentRow> = tx
        .query(
            "SELECT id, kind, channel, phone, source, turn_id, note, at FROM consents
             WHERE lead_id = $2 AND organization_id = $1 AND (at, id) < ($3, $4)
             ORDER BY at DESC, id DESC LIMIT $5",
        )
        .bind(org.number())
        .bind(lead)
        .bind(before.at)
        .bind(before.id)
        .bind(limit)
        .all()
        .await?;
    let view = |row: ConsentRow| {
        let line = Line { at: row.at, id: row.id };
        let consent = Consent {
            kind: row.kind,
            channel: row.channel,
            phone: row.phone,
            source: row.source,
            turn_id: row.turn_id,
            note: row.note,
            at: row.at,
        };
        (line, consent)
    };
    Ok(rows.into_iter().map(view).collect())
}
