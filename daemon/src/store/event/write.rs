//! Writing the events of a transaction: one statement, whatever their number.
//!
//! Who has taken a number holds the organization's row, which everybody wants who appends to it, until the commit.

use std::collections::HashMap;

use lotline_common::{Id, event::Event};
use serde::Serialize;

use crate::{
    db::{Committed, DbError, Json, Tx},
    domain::organization::OrgKey,
};

/// Numbers, stores and announces `events` in order.
pub(super) async fn write(tx: &mut Tx, mut events: Vec<(OrgKey, Event)>) -> Result<(), DbError> {
    // Two who append to the same two organizations take them in the same order.
    events.sort_by_key(|(org, _)| *org);
    if tx.pick(true, false) {
        number(tx, &mut events).await?;
    } else {
        for of_one in events.chunk_by_mut(|(one, _), (other, _)| one == other) {
            number(tx, of_one).await?;
        }
    }
    for (org, event) in events {
        tx.tell(Committed::Event(org, Box::new(event)));
    }
    Ok(())
}

/// The next `count` numbers are never given.
pub async fn leave_out(tx: &mut Tx, org: OrgKey, count: i64) -> Result<(), DbError> {
    tx.guard(org)?;
    let query = tx.query("UPDATE organizations SET event_seq = event_seq + $2 WHERE id = $1");
    query.bind(org.number()).bind(count).execute().await.map(drop)
}

/// Takes numbers for `events`, which are sorted by organization, and stores them.
async fn number(tx: &mut Tx, events: &mut [(OrgKey, Event)]) -> Result<(), DbError> {
    let (mut counts, mut rows) = (Vec::new(), Vec::with_capacity(events.len()));
    for group in events.chunk_by(|(one, _), (other, _)| one == other) {
        for (before, (org, event)) in group.iter().enumerate() {
            rows.push(row(*org, group.len() - before - 1, event)?);
        }
        counts.extend(group.first().map(|(org, _)| (org.number(), group.len())));
    }
    let sql = tx.pick(ON_SQLITE, ON_POSTGRES);
    let last: Vec<(i64, i64)> = tx.query(sql).bind(Json(counts)).bind(Json(rows)).all().await?;
    let mut last: HashMap<i64, i64> = last.into_iter().collect();
    for (org, event) in events.iter_mut().rev() {
        let next = last.get_mut(&org.number()).ok_or(DbError::NotFound)?;
        event.seq = *next;
        *next -= 1;
    }
    Ok(())
}

/// A row as the statements read it; so many of its organization stand behind it.
fn row(org: OrgKey, behind: usize, event: &Event) -> Result<impl Serialize, DbError> {
    let actor = event.actor.as_ref();
    let ids =
        [event.lead_id.map(Id::uuid), event.detail.turn_id.map(Id::uuid), actor.and_then(|actor| actor.id)];
    let [lead, turn, by] = ids.map(|id| id.map(|id| id.simple().to_string()));
    let detail =
        serde_json::to_string(&event.detail).map_err(|error| DbError::Statement(error.to_string()))?;
    let kind = actor.map(|actor| actor.kind);
    Ok((org.number(), behind, event.kind, lead, turn, kind, by, detail, event.at.micros()))
}

/// Both arrays go with one call. An event knows how many of its organization stand behind it.
const ON_SQLITE: &str = "
    UPDATE organizations SET event_seq = event_seq + (j.value->>1) FROM jsonb_each($1) j
    WHERE organizations.id = j.value->>0 RETURNING id, event_seq;
    INSERT INTO events (organization_id, seq, kind, lead_id, turn_id, actor_kind, actor_id, detail, at)
    SELECT o.id, o.event_seq - (value->>1), value->>2, unhex(value->>3), unhex(value->>4), value->>5,
        unhex(value->>6), value->>7, value->>8
    FROM jsonb_each($2) JOIN organizations o ON o.id = value->>0";

/// The same for one organization.
const ON_POSTGRES: &str = "
    WITH numbered AS (
        UPDATE organizations SET event_seq = event_seq + (v->>1)::bigint FROM jsonb_array_elements($1::jsonb) v
        WHERE organizations.id = (v->>0)::bigint RETURNING id, event_seq
    ), written AS (
        INSERT INTO events (organization_id, seq, kind, lead_id, turn_id, actor_kind, actor_id, detail, at)
        SELECT o.id, o.event_seq - (v->>1)::bigint, v->>2, (v->>3)::uuid, (v->>4)::uuid, v->>5, (v->>6)::uuid,
            v->>7, (v->>8)::bigint
        FROM jsonb_array_elements($2::jsonb) v, numbered o
    )
    SELECT id, event_seq FROM numbered";
