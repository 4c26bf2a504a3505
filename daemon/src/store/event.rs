//! The event log: dense per organization but for restorations, appended in the transaction of the fact itself.

mod replay;
mod write;

pub use replay::{after, newest, of_lead, present};
pub use write::leave_out;

use lotline_common::{
    At, LeadId, UserId,
    api::turn::{Author, Turn},
    event::{Detail, Event, EventKind},
};

use crate::{
    db::{DbError, Tx},
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

/// Appends one event. It is numbered, stored and announced with the others of its transaction, right before the commit.
pub fn append(tx: &mut Tx, org: OrgKey, at: At, event: NewEvent) -> Result<(), DbError> {
    tx.guard(org)?;
    let NewEvent { kind, lead, actor, turn, detail } = event;
    let event = Event { seq: 0, kind, at, lead_id: lead, actor, turn, detail };
    tx.defer(org, event, |tx, events| Box::pin(write::write(tx, events)));
    Ok(())
}

/// Appends to every organization of a person.
pub async fn append_everywhere(tx: &mut Tx, user: UserId, at: At, event: &NewEvent) -> Result<(), DbError> {
    for org in member::organizations(tx, user).await? {
        append(tx, org, at, event.clone())?;
    }
    Ok(())
}
