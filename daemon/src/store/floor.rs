//! The floor of a lead: moved atomically, fenced, marked in the thread and announced.

use lotline_common::{
    At, UserId,
    api::{
        lead::{Floor, MemberRef},
        turn::{Author, AuthorKind},
    },
    event::EventKind,
};

use super::{
    event::{self, NewEvent},
    thread::{self, NewTurn, Thread},
};
use crate::{
    db::{DbError, Tx},
    domain::floor::{FloorState, FloorTarget, Handoff},
};

/// Moves the floor and leaves `marker` in the thread. Nothing happens when it is there already.
pub async fn put(
    tx: &mut Tx,
    thread: &mut Thread,
    at: At,
    target: FloorTarget,
    actor: Author,
    marker: String,
) -> Result<Option<FloorState>, DbError> {
    let Some(moved) = thread.floor.moved(target) else {
        return Ok(None);
    };
    tx.query(
        "UPDATE leads SET floor_kind = $3, floor_member = $4, floor_fence = $5, floor_since = $6, updated_at = $6
         WHERE id = $1 AND organization_id = $2",
    )
    .bind(thread.id)
    .bind(thread.org.number())
    .bind(moved.kind)
    .bind(moved.member)
    .bind(moved.fence)
    .bind(at)
    .execute()
    .await?;
    thread.floor = moved;
    thread::add(tx, thread, at, NewTurn::marker(marker)).await?;
    let floor = view(tx, moved).await?;
    let changed = NewEvent::new(EventKind::FloorChanged).lead(thread.id).by(actor);
    event::append(tx, thread.org, at, changed.detail(|detail| detail.floor = Some(floor)))?;
    Ok(Some(moved))
}

/// The AI gives up: the conversation waits for a person, visibly.
pub async fn hand_off(tx: &mut Tx, thread: &mut Thread, at: At, why: Handoff) -> Result<(), DbError> {
    let ai = Author { kind: AuthorKind::Ai, id: None, name: None };
    let moved = put(tx, thread, at, FloorTarget::Nobody, ai.clone(), why.sentence()).await?;
    if moved.is_some() {
        let asked = NewEvent::new(EventKind::HandoffRequested).lead(thread.id).by(ai);
        let asked = asked.detail(|detail| detail.reason = Some(why.reason().to_owned()));
        event::append(tx, thread.org, at, asked)?;
    }
    Ok(())
}

/// The floor with the member's name, as the API shows it.
pub async fn view(tx: &mut Tx, floor: FloorState) -> Result<Floor, DbError> {
    let member = match floor.member {
        Some(id) => Some(MemberRef { id, name: member_name(tx, id).await? }),
        None => None,
    };
    Ok(Floor { kind: floor.kind, member, fence: floor.fence })
}

async fn member_name(tx: &mut Tx, id: UserId) -> Result<String, DbError> {
    let name: Option<(String,)> =
        tx.query("SELECT name FROM users WHERE id = $1").bind(id).optional().await?;
    Ok(name.map_or_else(|| "somebody".into(), |(name,)| name))
}
