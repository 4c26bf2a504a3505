//! Hands one queued message to the carrier.
//!
//! `attempting` is committed before the first byte leaves, after the gate has been asked again in that transaction.
//! What comes back is accepted, rejected or unknown; nothing is repeated without knowing that it did not arrive.

mod outcome;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lotline_common::{
    At, TurnId,
    api::{message::DeliveryState, turn::AuthorKind},
};

use self::outcome::record;
pub(super) use self::outcome::{Settings, failed, unknown};
use super::{hand_off, queue_message::facts, watch_vendor};
use crate::{
    app::App,
    callback::Bound,
    db::{DbError, Scope, Tx},
    domain::{
        breaker::{Admission, Vendor},
        floor::Handoff,
        job::Job,
        organization::OrgKey,
        outbox::{self, Conversation},
        pace,
        retry::Budget,
    },
    error::Result,
    limits,
    port::carrier::OutgoingText,
    store::{self, delivery::Sending, job::Claim, thread::Thread},
};

const NUMBER_MOVED: &str = "number_moved";

/// What the first transaction decided.
enum Step {
    /// It is marked `attempting`: send it. By the id of the customer's newest text both are found in the log.
    Send(Box<Sending>, TurnId),
    /// Nothing leaves now; the job is finished or waits.
    Nothing,
}

pub async fn run(app: &App, claim: Claim, turn: TurnId) -> Result<()> {
    let desk = app.directory.organization(claim.org).await?;
    let account = desk.and_then(|desk| desk.carrier.clone());
    let Some(account) = account else {
        return without_carrier(app, claim, turn).await;
    };
    let Step::Send(sending, trace) = begin(app, &claim, turn).await? else {
        return Ok(());
    };
    let sent = app.carrier.send(&account, &outgoing(app, &claim, &sending)).await;
    let outcome = outcome::Shown(&sent);
    tracing::info!(%trace, %turn, attempt = sending.attempts, %outcome, "the carrier was asked");
    record(app, claim, turn, sent).await
}

fn outgoing(app: &App, claim: &Claim, sending: &Sending) -> OutgoingText {
    let token =
        app.callbacks.make(Bound { org: claim.org, turn: sending.turn_id, attempt: sending.attempts });
    let left = sending.stale_at.since(app.clock.now()).as_secs();
    OutgoingText {
        from: sending.from_number.clone(),
        to: sending.to_number.clone(),
        body: sending.text.clone(),
        status_callback: app.config.public(&format!("/api/webhooks/twilio/sms/status/{token}")),
        // An accepted message must not surface after it went stale here.
        validity: u32::try_from(left.clamp(1, 36_000)).unwrap_or(36_000),
    }
}

/// First transaction: may it leave now? Then it is marked, durably, before anything is sent.
async fn begin(app: &App, claim: &Claim, turn: TurnId) -> Result<Step> {
    let (claim, now, timeout) = (claim.clone(), app.clock.now(), app.config.floor.handoff_timeout);
    let window = app.config.conversation.burst_window;
    let (per_second, settings) = (app.config.delivery.pace, Settings::of(app));
    let retries = app.retries.clone();
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                let (mut sending, mut thread) = store::delivery::open(tx, claim.org, turn).await?;
                let found = sending.message().turn();
                let holds = store::job::holds(tx, &claim).await?;
                if holds && found == outbox::Turn::Interrupted {
                    // One delivery of a lead runs at a time: whoever began this attempt is gone, or has lost it.
                    unknown(tx, claim.org, &mut sending, now, "interrupted", &settings).await?;
                }
                if found != outbox::Turn::Open || !holds {
                    store::job::finish(tx, &claim).await?;
                    return Ok(Step::Nothing);
                }
                let mut obstacle = obstacle(&thread, &sending, now);
                if obstacle.is_none() && !is_ours(tx, &sending, claim.org).await? {
                    obstacle = Some(NUMBER_MOVED.into());
                }
                if let Some(reason) = obstacle {
                    if reason == "thread_changed" {
                        // A text that was a keyword brings no answer of its own; one that was not has a job already.
                        let job = Job::ReplyWithAgent;
                        store::job::enqueue(tx, claim.org, thread.id, job, now + window, now).await?;
                    }
                    refuse(tx, &mut thread, &mut sending, now, reason, timeout).await?;
                    wake_next(tx, &thread, &sending, now).await?;
                    store::job::finish(tx, &claim).await?;
                    return Ok(Step::Nothing);
                }
                if let Some(wait) = wait(tx, &thread, &sending, now, per_second, &retries).await? {
                    // At the latest to be told stale.
                    let next = (now + wait.time).min(sending.stale_at);
                    store::job::put_off(tx, &claim, next, "waiting for its turn", wait.vendor).await?;
                    return Ok(Step::Nothing);
                }
                sending.state = DeliveryState::Attempting;
                sending.attempts += 1;
                sending.attempted_at = Some(now);
                (sending.error_code, sending.reason) = (None, None);
                store::delivery::save(tx, claim.org, now, &sending).await?;
                let said = store::turn::newest_of_customer(tx, claim.org, thread.id).await?;
                Ok(Step::Send(Box::new(sending), said.unwrap_or(turn)))
            })
        })
        .await
}

/// Why it must not leave at all.
fn obstacle(thread: &Thread, sending: &Sending, now: At) -> Option<String> {
    let facts = facts(thread, &sending.to_number, sending.purpose, sending.author_kind, now);
    let conversation =
        Conversation { fence: thread.floor.fence, last_customer_seq: thread.last_customer_seq };
    sending.message().obstacle(&facts, conversation)
}

/// A number that was given to another organization must not carry our words to its customers.
async fn is_ours(tx: &mut Tx, sending: &Sending, org: OrgKey) -> Result<bool, DbError> {
    let held = store::phone_number::held(tx, std::iter::once((org, &sending.from_number))).await?;
    Ok(!held.is_empty())
}

/// For how long it has to wait, or until the vendor is back.
struct Wait {
    time: Duration,
    vendor: Option<Vendor>,
}

impl Wait {
    const fn of(time: Duration) -> Self {
        Self { time, vendor: None }
    }
}

/// One message of a conversation is under way at a time, in order; a carrier in trouble is left alone, and tries again
/// keep to their budget; and a number keeps its pace.
async fn wait(
    tx: &mut Tx,
    thread: &Thread,
    sending: &Sending,
    now: At,
    per_second: usize,
    retries: &Mutex<Budget>,
) -> Result<Option<Wait>, DbError> {
    let earlier = store::delivery::open_of(tx, thread.org, thread.id).await?.into_iter().any(|other| {
        other.turn_id != sending.turn_id && other.message().goes_before(&sending.message(), now)
    });
    if earlier {
        return Ok(Some(Wait::of(limits::JOB_PAUSE)));
    }
    let wait = |time| Wait { time, vendor: Some(Vendor::Carrier) };
    // Asked twice, so that neither the number's time nor the one probe is taken by what does not leave.
    let breaker = store::breaker::open(tx, thread.org, Vendor::Carrier).await?;
    if let Admission::Wait(time) = breaker.would_admit(now) {
        return Ok(Some(wait(time)));
    }
    let share = pace::share(per_second, sending.segments);
    if let Err(time) = store::pace::take(tx, thread.org, &sending.from_number, share, now).await? {
        return Ok(Some(Wait::of(time)));
    }
    match watch_vendor::admit(tx, thread.org, Vendor::Carrier, breaker, now).await? {
        Admission::Go => Ok(spend(retries, sending, now).err().map(Wait::of)),
        Admission::Probe => Ok(None),
        Admission::Wait(time) => Ok(Some(wait(time))),
    }
}

/// A try again is paid for by first tries.
fn spend(retries: &Mutex<Budget>, sending: &Sending, now: At) -> Result<(), Duration> {
    let mut budget = retries.lock().unwrap_or_else(PoisonError::into_inner);
    if sending.attempts > 0 {
        return budget.take(now);
    }
    budget.earn();
    Ok(())
}

/// It will not leave. If that leaves the customer without an answer, a person is asked for.
async fn refuse(
    tx: &mut Tx,
    thread: &mut Thread,
    sending: &mut Sending,
    now: At,
    reason: String,
    timeout: Duration,
) -> Result<(), DbError> {
    let stale = reason == "stale";
    let why = match reason.as_str() {
        "stale" => Some("delivery_stale"),
        NUMBER_MOVED => Some(NUMBER_MOVED),
        _ => None,
    };
    sending.state = if stale { DeliveryState::Failed } else { DeliveryState::Refused };
    sending.reason = Some(reason);
    store::delivery::save(tx, thread.org, now, sending).await?;
    store::thread::unsaid(tx, thread, now).await?;
    if let Some(why) = why
        && sending.author_kind == AuthorKind::Ai
    {
        hand_off::apply(tx, timeout, thread, now, Handoff::AgentFailed(why)).await?;
    }
    Ok(())
}

/// The next queued message of the conversation need not wait for its own timer.
pub(super) async fn wake_next(tx: &mut Tx, thread: &Thread, done: &Sending, now: At) -> Result<(), DbError> {
    let open = store::delivery::open_of(tx, thread.org, thread.id).await?;
    let next = open.into_iter().find(|other| other.turn_id != done.turn_id && other.message().leaves(now));
    match next {
        Some(next) => {
            let job = Job::DeliverMessage { turn: next.turn_id };
            store::job::enqueue(tx, thread.org, thread.id, job, now, now).await
        }
        None => Ok(()),
    }
}

async fn without_carrier(app: &App, claim: Claim, turn: TurnId) -> Result<()> {
    let (now, timeout) = (app.clock.now(), app.config.floor.handoff_timeout);
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                let (mut sending, mut thread) = store::delivery::open(tx, claim.org, turn).await?;
                store::job::finish(tx, &claim).await?;
                if matches!(sending.state, DeliveryState::Held | DeliveryState::Queued) {
                    sending.reason = Some("no_carrier".into());
                    failed(tx, &mut thread, &mut sending, now, timeout).await?;
                }
                Ok(())
            })
        })
        .await
}
