//! Inbound texts: stored as a batch; a keyword takes effect in the same transaction.

use std::{collections::HashMap, sync::Arc, time::Duration};

use lotline_common::{
    At, PhoneNumber,
    api::{
        consent::{ConsentSource, Purpose},
        lead::FloorKind,
        turn::{Author, AuthorKind},
    },
};

use super::{
    opt_out::{self, Said},
    queue_message::{self, NotQueued, Outgoing},
};
use crate::{
    db::{Batch, Db, DbError, EngineKind, Scope, Tx},
    domain::{
        delivery::RESTORED,
        floor::Handoff,
        job::Job,
        keyword::{self, Keyword, keyword},
        organization::OrgKey,
    },
    store::{
        self,
        ingest::{Burst, InboundText, Received},
        thread::NewTurn,
    },
    tasks::Tasks,
};

/// A text that comes this long after it was sent is marked as late.
const LATE: Duration = Duration::from_mins(2);
/// A confirmation that comes later than this is a text to somebody who said no (47 CFR 64.1200(a)(12)).
const CONFIRM_WITHIN: Duration = Duration::from_mins(5);

/// A verified text and what its organization answers to keywords.
#[derive(Debug, Clone)]
pub struct Inbound {
    pub text: InboundText,
    /// When the carrier took it, of a text that no webhook told of.
    pub sent_at: Option<At>,
    pub organization: Arc<str>,
    /// The carrier answers STOP, START and HELP itself, so we only record them.
    pub carrier_answers: bool,
}

/// The queue that webhooks write through. Each waits for its commit and for no company.
pub fn ingest(db: &Db, tasks: &Tasks, burst: Burst) -> Batch<Inbound, Option<Received>> {
    let db = db.clone();
    Batch::start(tasks, move |items| {
        let db = db.clone();
        async move {
            match db.kind() {
                EngineKind::Sqlite => write(&db, Scope::System, items, burst).await,
                EngineKind::Postgres => by_organization(&db, &items, burst).await,
            }
        }
    })
}

/// A batch spans organizations on SQLite only.
async fn by_organization(db: &Db, items: &[Inbound], burst: Burst) -> Result<Vec<Option<Received>>, DbError> {
    let mut groups: HashMap<OrgKey, Vec<usize>> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        groups.entry(item.text.org).or_default().push(index);
    }
    let writes = groups.into_iter().map(|(org, indexes)| async move {
        let members: Arc<[Inbound]> = indexes.iter().filter_map(|&index| items.get(index).cloned()).collect();
        let received = write(db, Scope::Org(org), members, burst).await?;
        Ok::<_, DbError>(indexes.into_iter().zip(received).collect::<Vec<_>>())
    });
    let mut received: Vec<(usize, Option<Received>)> =
        futures::future::try_join_all(writes).await?.into_iter().flatten().collect();
    received.sort_unstable_by_key(|(index, _)| *index);
    Ok(received.into_iter().map(|(_, received)| received).collect())
}

async fn write(
    db: &Db,
    scope: Scope,
    items: Arc<[Inbound]>,
    burst: Burst,
) -> Result<Vec<Option<Received>>, DbError> {
    db.write(scope, move |tx| Box::pin(async move { receive(tx, &items, burst).await })).await
}

/// Stores the texts to numbers that are still their organization's; `None` of the others, of which nothing is written.
/// Whoever sent them here looked the owner up a moment ago, and a number can move in that moment.
pub async fn receive(tx: &mut Tx, items: &[Inbound], burst: Burst) -> Result<Vec<Option<Received>>, DbError> {
    let addressed = items.iter().map(|item| (item.text.org, &item.text.to));
    let held = store::phone_number::held(tx, addressed).await?;
    let ours = |item: &&Inbound| held.contains(&(item.text.org, item.text.to.clone()));
    let members: Vec<&Inbound> = items.iter().filter(ours).collect();
    let mut received = in_order(tx, &members, burst).await?.into_iter();
    Ok(items.iter().map(|item| if ours(&item) { received.next() } else { None }).collect())
}

/// Stores the texts and lets keywords act, in order: what a customer writes after a keyword meets its effect, even
/// within one batch.
async fn in_order(tx: &mut Tx, items: &[&Inbound], burst: Burst) -> Result<Vec<Received>, DbError> {
    let rounds = rounds(items);
    let last = rounds.iter().max().copied().unwrap_or(0);
    let mut received = Vec::with_capacity(items.len());
    for round in 0..=last {
        let indexes: Vec<usize> =
            (0..items.len()).filter(|&index| rounds.get(index) == Some(&round)).collect();
        let members: Vec<&Inbound> = indexes.iter().filter_map(|&index| items.get(index).copied()).collect();
        let texts: Vec<&InboundText> = members.iter().map(|item| &item.text).collect();
        let written = store::ingest::receive(tx, &texts, burst).await?;
        for (item, received) in members.into_iter().zip(&written) {
            if let (Some(sent_at), false) = (item.sent_at, received.repeated) {
                mark_late(tx, item, *received, sent_at).await?;
            }
            if let Some(keyword) = received.keyword
                && still_counts(tx, item, keyword).await?
            {
                obey(tx, item, *received, keyword, burst).await?;
            }
        }
        received.extend(indexes.into_iter().zip(written));
    }
    received.sort_unstable_by_key(|(index, _)| *index);
    Ok(received.into_iter().map(|(_, received)| received).collect())
}

/// How many keywords of the same customer stand before each text.
fn rounds(items: &[&Inbound]) -> Vec<usize> {
    let mut spoken: HashMap<(OrgKey, &PhoneNumber), usize> = HashMap::new();
    items
        .iter()
        .map(|item| {
            let customer = (item.text.org, &item.text.from);
            let round = spoken.get(&customer).copied().unwrap_or(0);
            // Some words are keywords only for somebody who has opted out; one round more does no harm.
            if keyword(&item.text.body, true).is_some() {
                spoken.insert(customer, round + 1);
            }
            round
        })
        .collect()
}

/// Says in the thread that a text is older than its place.
async fn mark_late(tx: &mut Tx, item: &Inbound, received: Received, sent_at: At) -> Result<(), DbError> {
    let restored = store::installation::restored_since(tx, sent_at).await?;
    if !restored && item.text.at.since(sent_at) < LATE {
        return Ok(());
    }
    let mut thread = store::thread::open(tx, item.text.org, received.lead).await?;
    if restored {
        // It may have been answered by the database that was lost.
        store::job::cancel(tx, thread.org, thread.id, Job::ReplyWithAgent.kind()).await?;
        store::floor::hand_off(tx, &mut thread, item.text.at, Handoff::AgentFailed(RESTORED)).await?;
    }
    let marker = format!("The text above was sent at {sent_at} and reached us late.");
    store::thread::add(tx, &mut thread, item.text.at, NewTurn::marker(marker)).await.map(drop)
}

/// A late keyword may have been overtaken by what the customer said since.
async fn still_counts(tx: &mut Tx, item: &Inbound, keyword: Keyword) -> Result<bool, DbError> {
    let Some(sent_at) = item.sent_at else { return Ok(true) };
    let later = store::consent::since(tx, item.text.org, &item.text.from, sent_at).await?;
    Ok(keyword::still_counts(keyword, later))
}

async fn obey(
    tx: &mut Tx,
    item: &Inbound,
    received: Received,
    keyword: Keyword,
    burst: Burst,
) -> Result<(), DbError> {
    let at = item.text.at;
    let mut thread = store::thread::open(tx, item.text.org, received.lead).await?;
    let by = Author { kind: AuthorKind::Customer, id: None, name: thread.name.clone() };
    let said = Said { by, source: ConsentSource::Keyword, turn: Some(received.turn), note: None };
    // Somebody who stopped already has had the one confirmation.
    let confirmed = keyword == Keyword::Stop && thread.opted_out;
    match keyword {
        Keyword::Stop => opt_out::apply(tx, &mut thread, at, said).await?,
        Keyword::Start => opt_out::undo(tx, &mut thread, at, said).await?,
        Keyword::Help => {
            if thread.waiting_since == Some(at) {
                store::thread::settle(tx, &mut thread).await?;
            } else if thread.floor.kind == FloorKind::Ai && !thread.opted_out {
                // What they asked before is still open, and an answer that was under way is dropped for this text.
                let job = Job::ReplyWithAgent;
                store::job::enqueue(tx, thread.org, thread.id, job, at + burst.window, at).await?;
            }
            let marker = NewTurn::marker("The customer asked for HELP and gets the standard answer.".into());
            store::thread::add(tx, &mut thread, at, marker).await?;
        }
    }
    let too_late = item.sent_at.is_some_and(|sent_at| at.since(sent_at) >= CONFIRM_WITHIN);
    if item.carrier_answers || confirmed || too_late {
        return Ok(());
    }
    let confirmation = Outgoing {
        author: Author { kind: AuthorKind::System, id: None, name: None },
        text: confirmation(keyword, &item.organization),
        purpose: Purpose::Compliance,
        answers: false,
        hold: Duration::ZERO,
        client_id: None,
        not_before: None,
        stale_after: CONFIRM_WITHIN,
        own_number: Some(item.text.to.clone()),
    };
    match queue_message::queue(tx, &mut thread, at, confirmation).await {
        Ok(_) => Ok(()),
        Err(NotQueued::Db(error)) => Err(error),
        // A short code or a lead marked bad gets no confirmation; the keyword stands all the same.
        Err(NotQueued::Refused(_) | NotQueued::NoPhone | NotQueued::NoOwnNumber) => Ok(()),
    }
}

/// The one text that may follow a keyword. No marketing in it.
fn confirmation(keyword: Keyword, organization: &str) -> String {
    match keyword {
        Keyword::Stop => {
            format!(
                "{organization}: you are unsubscribed and will get no more texts. Reply START to resubscribe."
            )
        }
        Keyword::Start => {
            format!("{organization}: you are subscribed to texts again. Reply STOP to end, HELP for help.")
        }
        Keyword::Help => {
            format!(
                "{organization}: we text about your inquiry. A person can help you here. Reply STOP to end."
            )
        }
    }
}
