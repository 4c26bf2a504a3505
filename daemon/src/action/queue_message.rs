//! Puts an outgoing message into a thread: gate, turn, delivery and job in the caller's transaction.
//!
//! The only way a message comes to be sent. A person's message takes the floor first; an AI's carries its fence.

use std::time::Duration;

use lotline_common::{
    At, PhoneNumber,
    api::{
        consent::Purpose,
        message::DeliveryState,
        turn::{Author, AuthorKind, Turn},
    },
    sms,
};
use uuid::Uuid;

use crate::{
    db::{DbError, Tx},
    domain::{
        gate::{self, Facts, Refusal},
        job::Job,
    },
    store::{
        self,
        delivery::NewDelivery,
        thread::{NewTurn, Thread},
    },
};

/// A message before it is a turn.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub author: Author,
    pub text: String,
    pub purpose: Purpose,
    /// Stands in the undo window until then.
    pub hold: Duration,
    pub client_id: Option<Uuid>,
    /// Leaves no earlier than this; now when absent.
    pub not_before: Option<At>,
    /// It does not leave by itself when it is older than this.
    pub stale_after: Duration,
    /// Used when the customer never wrote to one of our numbers.
    pub own_number: Option<PhoneNumber>,
}

/// Why a message was not queued. Nothing was written.
#[derive(Debug)]
pub enum NotQueued {
    Refused(Refusal),
    /// The lead has no phone.
    NoPhone,
    /// The organization has no number to text from.
    NoOwnNumber,
    Db(DbError),
}

impl From<DbError> for NotQueued {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// The gate's facts about a message to this lead.
pub fn facts<'a>(
    thread: &Thread,
    to: &'a PhoneNumber,
    purpose: Purpose,
    author: AuthorKind,
    now: At,
) -> Facts<'a> {
    Facts {
        purpose,
        to,
        opted_out: thread.opted_out,
        status: thread.status,
        by_ai: author == AuthorKind::Ai,
        now,
    }
}

pub async fn queue(tx: &mut Tx, thread: &mut Thread, now: At, message: Outgoing) -> Result<Turn, NotQueued> {
    let to = thread.phone.clone().ok_or(NotQueued::NoPhone)?;
    let from = thread.own_number.clone().or(message.own_number).ok_or(NotQueued::NoOwnNumber)?;
    gate::check(&facts(thread, &to, message.purpose, message.author.kind, now))
        .map_err(NotQueued::Refused)?;
    let leaves = message.not_before.unwrap_or(now).max(now + message.hold);
    let held = leaves > now;
    let delivery = NewDelivery {
        state: if held { DeliveryState::Held } else { DeliveryState::Queued },
        purpose: message.purpose,
        from,
        to,
        segments: i64::try_from(sms::segments(&message.text).count).unwrap_or(i64::MAX),
        floor_fence: (message.author.kind == AuthorKind::Ai).then_some(thread.floor.fence),
        client_id: message.client_id,
        hold_until: held.then_some(leaves),
        stale_at: leaves + message.stale_after,
    };
    let turn = NewTurn::message(message.author, message.text, delivery.view());
    let turn = store::thread::add(tx, thread, now, turn).await?;
    store::delivery::insert(tx, thread, turn.id, now, &delivery).await?;
    let job = Job::DeliverMessage { turn: turn.id };
    store::job::enqueue(tx, thread.org, thread.id, job, leaves, now).await?;
    Ok(turn)
}
