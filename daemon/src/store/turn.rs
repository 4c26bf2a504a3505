//! Turns: rows of the thread, and how each becomes what an operator sees.

use lotline_common::{
    At, LeadId, PhoneNumber, TurnId,
    api::{
        message::{Delivery, DeliveryState},
        turn::{Author, AuthorKind, Channel, Media, Turn, TurnKind},
    },
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{DbError, Json, Tx},
    domain::{delivery::advice, organization::OrgKey},
};

/// Columns of a [`TurnRow`]; the aliases are those of `joins`.
macro_rules! columns {
    () => {
        "t.id AS turn_id, t.seq AS turn_seq, t.kind AS turn_kind, t.channel AS turn_channel,
         t.author_kind, t.author_id,
         CASE t.author_kind WHEN 'customer' THEN l.name WHEN 'ai' THEN p.persona WHEN 'member' THEN u.name END
             AS author_name,
         t.text AS turn_text, t.media AS turn_media, t.at AS turn_at,
         d.state AS delivery_state, d.client_id, d.hold_until, d.segments, d.attempts, d.error_code,
         d.reason AS delivery_reason, d.needs_operator"
    };
}

/// What a [`TurnRow`] needs beside `turns t`: its lead, its author's name, its delivery.
macro_rules! joins {
    () => {
        " LEFT JOIN leads l ON l.id = t.lead_id AND l.organization_id = t.organization_id
          LEFT JOIN users u ON u.id = t.author_id
          LEFT JOIN agent_profiles p ON p.organization_id = t.organization_id AND p.retired_at IS NULL
          LEFT JOIN deliveries d ON d.turn_id = t.id AND d.organization_id = t.organization_id"
    };
}

pub(crate) use columns;

/// A turn with its author's name and its delivery, or nothing where a join found no turn.
#[derive(Debug, Clone, FromRow)]
pub struct TurnRow {
    turn_id: Option<TurnId>,
    turn_seq: Option<i64>,
    turn_kind: Option<TurnKind>,
    turn_channel: Option<Channel>,
    author_kind: Option<AuthorKind>,
    author_id: Option<Uuid>,
    author_name: Option<String>,
    turn_text: Option<String>,
    turn_media: Option<Json<Vec<Media>>>,
    turn_at: Option<At>,
    #[sqlx(flatten)]
    delivery: DeliveryRow,
}

/// A delivery, or nothing: only outgoing messages have one.
#[derive(Debug, Clone, FromRow)]
pub struct DeliveryRow {
    delivery_state: Option<DeliveryState>,
    client_id: Option<Uuid>,
    hold_until: Option<At>,
    segments: Option<i64>,
    attempts: Option<i64>,
    error_code: Option<i64>,
    delivery_reason: Option<String>,
    needs_operator: Option<bool>,
}

/// The turn as the timeline and the stream show it. The one mapping: reads and writes share it.
pub fn turn_view(row: TurnRow) -> Option<Turn> {
    Some(Turn {
        id: row.turn_id?,
        seq: row.turn_seq?,
        kind: row.turn_kind?,
        channel: row.turn_channel,
        author: Author { kind: row.author_kind?, id: row.author_id, name: row.author_name },
        text: row.turn_text?,
        at: row.turn_at?,
        delivery: delivery_view(row.delivery),
        call_id: None,
        media: row.turn_media.map(|Json(media)| media).unwrap_or_default(),
    })
}

/// The delivery as it is shown beside its turn.
pub fn delivery_view(row: DeliveryRow) -> Option<Delivery> {
    Some(Delivery {
        state: row.delivery_state?,
        client_id: row.client_id,
        hold_until: row.hold_until,
        segments: row.segments.unwrap_or(0),
        attempts: row.attempts.unwrap_or(0),
        error_code: row.error_code,
        advice: advice(row.error_code, row.delivery_reason.as_deref()).map(str::to_owned),
        reason: row.delivery_reason,
        needs_operator: row.needs_operator.unwrap_or(false),
    })
}

/// A page of a lead's thread, newest first: turns before `before`, or the newest ones.
pub async fn page(
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Turn>, DbError> {
    tx.guard(org)?;
    let rows: Vec<TurnRow> = tx
        .query(concat!(
            "SELECT ",
            columns!(),
            " FROM turns t",
            joins!(),
            " WHERE t.organization_id = $1 AND t.lead_id = $2 AND t.seq < $3 ORDER BY t.seq DESC LIMIT $4",
        ))
        .bind(org.number())
        .bind(lead)
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().filter_map(turn_view).collect())
}

/// The customer's newest turn.
pub async fn newest_of_customer(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Option<TurnId>, DbError> {
    tx.guard(org)?;
    let found: Option<(TurnId,)> = tx
        .query(
            "SELECT id FROM turns WHERE lead_id = $2 AND organization_id = $1 AND author_kind = 'customer'
             ORDER BY seq DESC LIMIT 1",
        )
        .bind(org.number())
        .bind(lead)
        .optional()
        .await?;
    Ok(found.map(|(id,)| id))
}

/// One turn as it is now.
pub async fn find(tx: &mut Tx, org: OrgKey, turn: TurnId) -> Result<Turn, DbError> {
    tx.guard(org)?;
    let row: TurnRow = tx
        .query(concat!(
            "SELECT ",
            columns!(),
            " FROM turns t",
            joins!(),
            " WHERE t.id = $2 AND t.organization_id = $1",
        ))
        .bind(org.number())
        .bind(turn)
        .one()
        .await?;
    turn_view(row).ok_or(DbError::NotFound)
}

/// Customers who wrote to each own number of the installation from `from` until `before`: one range of the key.
pub async fn customers(
    tx: &mut Tx,
    from: At,
    before: At,
) -> Result<Vec<(OrgKey, PhoneNumber, i64)>, DbError> {
    let rows: Vec<(i64, PhoneNumber, i64)> = tx
        .query(
            "SELECT t.organization_id, l.own_number, COUNT(DISTINCT t.lead_id) FROM turns t
             JOIN leads l ON l.id = t.lead_id AND l.organization_id = t.organization_id
             WHERE t.id >= $1 AND t.id < $2 AND t.author_kind = 'customer' AND t.channel = 'sms'
               AND l.own_number IS NOT NULL
             GROUP BY t.organization_id, l.own_number",
        )
        .bind(TurnId::from_uuid(super::first_id_at(from)))
        .bind(TurnId::from_uuid(super::first_id_at(before)))
        .all()
        .await?;
    Ok(rows.into_iter().map(|(org, number, count)| (OrgKey::new(org), number, count)).collect())
}
