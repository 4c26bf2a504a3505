//! Inbound texts, written as a batch: a handful of statements whatever their number.
//!
//! One transaction holds receipt, lead, turn, event and job of every text. A repeated message writes nothing.

mod plan;
mod statement;

use std::{collections::HashSet, time::Duration};

use lotline_common::{At, LeadId, PhoneNumber, TurnId, api::turn::Media};

use crate::{
    db::{Committed, DbError, Tx},
    domain::{keyword::Keyword, organization::OrgKey},
    store::event,
};

/// One text as the carrier delivered it, verified and assigned to the organization of its own number.
#[derive(Debug, Clone)]
pub struct InboundText {
    /// The turn's id, unless the text is here already: that of the request which brought it.
    pub id: TurnId,
    pub org: OrgKey,
    pub sid: String,
    pub from: PhoneNumber,
    pub to: PhoneNumber,
    pub body: String,
    pub media: Vec<Media>,
    /// The webhook's body as it came.
    pub raw: String,
    pub at: At,
}

/// What became of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    pub lead: LeadId,
    pub turn: TurnId,
    /// It was here already: nothing was written.
    pub repeated: bool,
    pub keyword: Option<Keyword>,
}

/// How long an answer waits for more texts.
#[derive(Debug, Clone, Copy)]
pub struct Burst {
    /// Slides with every text.
    pub window: Duration,
    /// Never longer than this after the first.
    pub max: Duration,
}

/// Those message ids that are stored here, of texts by who sent them and what the carrier calls them.
pub async fn stored(
    tx: &mut Tx,
    org: OrgKey,
    texts: &[(&PhoneNumber, &str)],
) -> Result<HashSet<String>, DbError> {
    tx.guard(org)?;
    let keys: Vec<_> = texts.iter().map(|(from, sid)| (org.number(), from.as_str(), *sid)).collect();
    let found = statement::look_up(tx, &keys).await?;
    let stored =
        found.iter().filter(|found| found.repeated().is_some()).filter_map(|found| texts.get(found.ix));
    Ok(stored.map(|(_, sid)| (*sid).to_owned()).collect())
}

/// Stores `texts` in order. On PostgreSQL they must all be one organization's.
pub async fn receive(tx: &mut Tx, texts: &[&InboundText], burst: Burst) -> Result<Vec<Received>, DbError> {
    for text in texts {
        tx.guard(text.org)?;
    }
    statement::take_turns(tx, texts).await?;
    let found = statement::find(tx, texts).await?;
    let plan = plan::Plan::make(texts, &found, burst);
    if plan.turns.is_empty() {
        return Ok(plan.received);
    }
    statement::write(tx, &plan).await?;
    for (org, at, event) in plan.events {
        event::append(tx, org, at, event)?;
    }
    if let Some(first) = plan.jobs.iter().map(|job| job.run_at).min() {
        tx.tell(Committed::Job(At::from_micros(first)));
    }
    Ok(plan.received)
}
