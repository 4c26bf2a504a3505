//! The event log: dense per organization, appended in the transaction of the fact itself.

mod replay;

pub use replay::{after, newest, present};

use lotline_common::{
    At, LeadId, UserId,
    api::turn::{Author, Turn},
    event::{Detail, Event, EventKind},
};

use crate::{
    db::{Committed, DbError, Json, Tx},
    domain::organization::OrgKey,
    store::member,
};

/// An event before it has a number. The turn is for those who listen now; the table keeps its id only.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub kind: EventKind,
    pub lead: Option<LeadId>,
    pub actor: Option<Author>,
    pub turn: Option<Turn>,
    pub detail: Detail,
}

impl NewEvent {
    pub fn new(kind: EventKind) -> Self {
        Self { kind, lead: None, actor: None, turn: None, detail: Detail::default() }
    }

    pub fn lead(mut self, lead: LeadId) -> Self {
        self.lead = Some(lead);
        self
    }

    pub fn by(mut self, actor: Author) -> Self {
        self.actor = Some(actor);
        self
    }

    pub fn turn(mut self, turn: Turn) -> Self {
        self.detail.turn_id = Some(turn.id);
        self.turn = Some(turn);
        self
    }

    pub fn detail(mut self, fill: impl FnOnce(&mut Detail)) -> Self {
        fill(&mut self.detail);
        self
    }
}

/// Numbers, stores and announces one event.
pub async fn append(tx: &mut Tx, org: OrgKey, at: At, event: NewEvent) -> Result<i64, DbError> {
    tx.guard(org)?;
    let (seq,): (i64,) = tx
        .query("UPDATE organizations SET event_seq = event_seq + 1 WHERE id = $1 RETURNING event_seq")
        .bind(org.number())
        .one()
        .await?;
    tx.query(
        "INSERT INTO events (organization_id, seq, kind, lead_id, turn_id, actor_kind, actor_id, detail, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(org.number())
    .bind(seq)
    .bind(event.kind)
    .bind(event.lead)
    .bind(event.detail.turn_id)
    .bind(event.actor.as_ref().map(|actor| actor.kind))
    .bind(event.actor.as_ref().and_then(|actor| actor.id))
    .bind(Json(&event.detail))
    .bind(at)
    .execute()
    .await?;
    let NewEvent { kind, lead, actor, turn, detail } = event;
    let event = Event { seq, kind, at, lead_id: lead, actor, turn, detail };
    tx.tell(Committed::Event(org, Box::new(event)));
    Ok(seq)
}

/// Appends to every organization of a person.
pub async fn append_everywhere(tx: &mut Tx, user: UserId, at: At, event: &NewEvent) -> Result<(), DbError> {
    for org in member::organizations(tx, user).await? {
        append(tx, org, at, event.clone()).await?;
    }
    Ok(())
}
