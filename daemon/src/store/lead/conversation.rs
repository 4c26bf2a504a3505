//! Where a conversation stands by its rows, an erased one's too: without names and words.

use lotline_common::{
    At, LeadId, TurnId, UserId,
    api::{lead::FloorKind, message::DeliveryState},
};
use sqlx::FromRow;

use crate::{
    db::{DbError, Tx},
    domain::{
        organization::OrgKey,
        replay::{Conversation, Holder},
    },
};

#[derive(FromRow)]
struct Row {
    turn_seq: i64,
    floor_kind: FloorKind,
    floor_member: Option<UserId>,
    floor_fence: i64,
    waiting_since: Option<At>,
    assigned_to: Option<UserId>,
    opted_out: bool,
    erased_at: Option<At>,
}

/// What [`Conversation`] holds of a lead's own row and its deliveries.
pub async fn conversation(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Conversation, DbError> {
    tx.guard(org)?;
    let row: Row = tx
        .query(
            "SELECT turn_seq, floor_kind, floor_member, floor_fence, waiting_since, assigned_to, opted_out, erased_at
             FROM leads WHERE id = $2 AND organization_id = $1",
        )
        .bind(org.number())
        .bind(lead)
        .one()
        .await?;
    let deliveries: Vec<(TurnId, DeliveryState)> = tx
        .query(
            "SELECT d.turn_id, d.state FROM turns t JOIN deliveries d ON d.turn_id = t.id AND d.organization_id = $1
             WHERE t.lead_id = $2 AND t.organization_id = $1",
        )
        .bind(org.number())
        .bind(lead)
        .all()
        .await?;
    Ok(Conversation {
        turns: row.turn_seq,
        floor: Some(Holder { kind: row.floor_kind, member: row.floor_member, fence: row.floor_fence }),
        waiting_since: row.waiting_since,
        assigned_to: row.assigned_to,
        opted_out: row.opted_out,
        erased: row.erased_at.is_some(),
        deliveries: deliveries.into_iter().collect(),
    })
}
