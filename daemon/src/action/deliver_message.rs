//! Hands one queued message to the carrier.
//!
//! `attempting` is committed before the first byte leaves, after the gate has been asked again in that transaction.
//! What comes back is accepted, rejected or unknown; nothing is repeated without knowing that it did not arrive.

use std::time::Duration;

use lotline_common::{
    At, TurnId,
    api::{
        consent::ConsentSource,
        message::DeliveryState,
        turn::{Author, AuthorKind},
    },
    phone::without_numbers,
};

use super::{hand_off, opt_out, queue_message::facts};
use crate::{
    app::App,
    callback::Bound,
    db::{DbError, Scope, Tx},
    domain::{
        delivery::{Remedy, Report, after_report, remedy},
        floor::Handoff,
        gate,
        job::Job,
        organization::OrgKey,
        pace,
        retry::backoff,
    },
    error::Result,
    port::carrier::{CarrierAccount, OutgoingText, Sent},
    store::{self, delivery::Sending, job::Claim, thread::Thread},
};

const NUMBER_MOVED: &str = "number_moved";

/// What the first transaction decided.
enum Step {
    /// It is marked `attempting`: send it.
    Send(Box<Sending>),
    /// Nothing leaves now; the job is finished or waits.
    Nothing,
}

pub async fn run(app: &App, claim: Claim, turn: TurnId) -> Result<()> {
    let desk = app.directory.organization(claim.org).await?;
    let account = desk.and_then(|desk| desk.carrier.clone());
    let Some(account) = account else {
        return without_carrier(app, claim, turn).await;
    };
    let Step::Send(sending) = begin(app, &claim, turn).await? else {
        return Ok(());
    };
    let sent = match outgoing(app, &claim, &sending) {
        Some(text) => app.carrier.send(&account, &text).await,
        None => {
            Sent::Rejected { code: None, retry_after: None, message: "server.public_url is not set".into() }
        }
    };
    record(app, claim, turn, sent, account).await
}

fn outgoing(app: &App, claim: &Claim, sending: &Sending) -> Option<OutgoingText> {
    let token =
        app.callbacks.make(Bound { org: claim.org, turn: sending.turn_id, attempt: sending.attempts });
    let left = sending.stale_at.since(app.clock.now()).as_secs();
    Some(OutgoingText {
        from: sending.from_number.clone(),
        to: sending.to_number.clone(),
        body: sending.text.clone(),
        status_callback: app.config.public(&format!("/api/webhooks/twilio/sms/status/{token}"))?,
        // An accepted message must not surface after it went stale here.
        validity: u32::try_from(left.clamp(1, 36_000)).unwrap_or(36_000),
    })
}

/// First transaction: may it leave now? Then it is marked, durably, before anything is sent.
async fn begin(app: &App, claim: &Claim, turn: TurnId) -> Result<Step> {
    let (claim, now, timeout) = (claim.clone(), app.clock.now(), app.config.floor.handoff_timeout);
    let window = app.config.conversation.burst_window;
    let (per_second, settings) = (app.config.delivery.pace, Settings::of(app));
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                let (mut sending, mut thread) = store::delivery::open(tx, claim.org, turn).await?;
                let open = matches!(sending.state, DeliveryState::Held | DeliveryState::Queued);
                let holds = store::job::holds(tx, &claim).await?;
                if holds && sending.state == DeliveryState::Attempting {
                    // One delivery of a lead runs at a time: whoever began this attempt is gone, or has lost it.
                    unknown(tx, &claim, &mut sending, now, "interrupted", &settings).await?;
                }
                if !open || !holds {
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
                if let Some(wait) = wait(tx, &thread, &sending, now, per_second).await? {
                    store::job::again(tx, &claim, now + wait, "waiting for its turn").await?;
                    return Ok(Step::Nothing);
                }
                sending.state = DeliveryState::Attempting;
                sending.attempts += 1;
                sending.attempted_at = Some(now);
                (sending.error_code, sending.reason) = (None, None);
                store::delivery::save(tx, claim.org, now, &sending).await?;
                Ok(Step::Send(Box::new(sending)))
            })
        })
        .await
}

/// Why it must not leave at all.
fn obstacle(thread: &Thread, sending: &Sending, now: At) -> Option<String> {
    let purpose = sending.purpose;
    if let Err(refusal) = gate::check(&facts(thread, &sending.to_number, purpose, sending.author_kind, now)) {
        return Some(refusal.rule().to_owned());
    }
    if sending.floor_fence.is_some_and(|fence| fence != thread.floor.fence) {
        return Some("floor_changed".into());
    }
    if sending.floor_fence.is_some() && thread.last_customer_seq > sending.seq {
        return Some("thread_changed".into());
    }
    (now >= sending.stale_at).then(|| "stale".into())
}

/// A number that was given to another organization must not carry our words to its customers.
async fn is_ours(tx: &mut Tx, sending: &Sending, org: OrgKey) -> Result<bool, DbError> {
    let held = store::phone_number::held(tx, std::iter::once((org, &sending.from_number))).await?;
    Ok(!held.is_empty())
}

/// One message of a conversation is under way at a time, in order; and a number keeps its pace.
async fn wait(
    tx: &mut Tx,
    thread: &Thread,
    sending: &Sending,
    now: At,
    per_second: usize,
) -> Result<Option<Duration>, DbError> {
    let earlier = store::delivery::open_of(tx, thread.org, thread.id).await?.into_iter().any(|other| {
        other.turn_id != sending.turn_id
            && match other.state {
                DeliveryState::Attempting => true,
                DeliveryState::Unknown => !other.needs_operator,
                DeliveryState::Queued => other.seq < sending.seq,
                // Its time has come as well: both may have been claimed together.
                DeliveryState::Held => other.seq < sending.seq && is_due(&other, now),
                _ => false,
            }
    });
    if earlier {
        return Ok(Some(Duration::from_secs(5)));
    }
    let share = pace::share(per_second, sending.segments);
    Ok(store::pace::take(tx, thread.org, &sending.from_number, share, now).await?.err())
}

/// The undo window is over.
fn is_due(sending: &Sending, now: At) -> bool {
    sending.hold_until.is_none_or(|until| until <= now)
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

/// Last transaction: what the carrier said.
async fn record(app: &App, claim: Claim, turn: TurnId, sent: Sent, account: CarrierAccount) -> Result<()> {
    let (now, settings) = (app.clock.now(), Settings::of(app));
    tracing::debug!(account = %account.account_sid, %turn, outcome = ?Outcome(&sent), "carrier answered");
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                let (mut sending, mut thread) = store::delivery::open(tx, claim.org, turn).await?;
                match sent {
                    Sent::Accepted { sid, status } => {
                        accepted(tx, &claim, &mut sending, now, sid, &status).await?;
                    }
                    Sent::Unknown { cause } => {
                        unknown(tx, &claim, &mut sending, now, &cause, &settings).await?;
                    }
                    Sent::Rejected { code, retry_after, message } => {
                        let no = Rejection { code, retry_after, message };
                        rejected(tx, &claim, &mut thread, &mut sending, now, no, &settings).await?;
                    }
                }
                store::job::finish(tx, &claim).await?;
                wake_next(tx, &thread, &sending, now).await?;
                Ok(())
            })
        })
        .await
}

struct Settings {
    reconcile_first: Duration,
    handoff_timeout: Duration,
    jitter: f64,
}

impl Settings {
    fn of(app: &App) -> Self {
        let first = app.config.delivery.reconcile_after.first().copied();
        Self {
            reconcile_first: first.unwrap_or(Duration::from_secs(30)),
            handoff_timeout: app.config.floor.handoff_timeout,
            jitter: fastrand::f64(),
        }
    }
}

struct Rejection {
    code: Option<i64>,
    retry_after: Option<u64>,
    message: String,
}

/// A callback may have been quicker than this answer and have moved it on.
async fn accepted(
    tx: &mut Tx,
    claim: &Claim,
    sending: &mut Sending,
    now: At,
    sid: String,
    status: &str,
) -> Result<(), DbError> {
    sending.carrier_sid.get_or_insert(sid);
    let report = Report::from_twilio(status).unwrap_or(Report::Accepted);
    if let Some(state) = after_report(sending.state, report) {
        sending.state = state;
    }
    store::delivery::save(tx, claim.org, now, sending).await
}

async fn unknown(
    tx: &mut Tx,
    claim: &Claim,
    sending: &mut Sending,
    now: At,
    cause: &str,
    settings: &Settings,
) -> Result<(), DbError> {
    if sending.state != DeliveryState::Attempting {
        return Ok(());
    }
    tracing::warn!(turn = %sending.turn_id, cause, "the outcome of a send is unknown");
    sending.state = DeliveryState::Unknown;
    sending.reason = Some("unknown_outcome".into());
    store::delivery::save(tx, claim.org, now, sending).await?;
    let job = Job::ReconcileMessage { turn: sending.turn_id };
    store::job::enqueue(tx, claim.org, sending.lead_id, job, now + settings.reconcile_first, now).await
}

async fn rejected(
    tx: &mut Tx,
    claim: &Claim,
    thread: &mut Thread,
    sending: &mut Sending,
    now: At,
    no: Rejection,
    settings: &Settings,
) -> Result<(), DbError> {
    if sending.state != DeliveryState::Attempting {
        return Ok(());
    }
    let message = without_numbers(&no.message);
    tracing::warn!(turn = %sending.turn_id, code = no.code, %message, "the carrier did not take a message");
    sending.error_code = no.code;
    match no.code.map_or(Remedy::Later, remedy) {
        remedy @ (Remedy::Later | Remedy::Account) => {
            let wait = no
                .retry_after
                .map_or_else(|| backoff(sending.attempts, settings.jitter), Duration::from_secs);
            let wait = if remedy == Remedy::Account { wait.max(Duration::from_secs(30)) } else { wait };
            sending.state = DeliveryState::Queued;
            sending.reason = (remedy == Remedy::Account).then(|| "carrier_credentials".into());
            store::delivery::save(tx, claim.org, now, sending).await?;
            let job = Job::DeliverMessage { turn: sending.turn_id };
            store::job::enqueue(tx, claim.org, thread.id, job, now + wait, now).await
        }
        Remedy::OptedOut => {
            sending.state = DeliveryState::Refused;
            sending.reason = Some("opted_out".into());
            store::delivery::save(tx, claim.org, now, sending).await?;
            let by = Author { kind: AuthorKind::System, id: None, name: None };
            let said =
                opt_out::Said { by, source: ConsentSource::Carrier, turn: Some(sending.turn_id), note: None };
            opt_out::apply(tx, thread, now, said).await
        }
        Remedy::Never => failed(tx, thread, sending, now, settings.handoff_timeout).await,
    }
}

/// It did not and will not arrive: the customer waits again, and an AI cannot help that.
pub(super) async fn failed(
    tx: &mut Tx,
    thread: &mut Thread,
    sending: &mut Sending,
    now: At,
    handoff_timeout: Duration,
) -> Result<(), DbError> {
    if !matches!(sending.state, DeliveryState::Undelivered) {
        sending.state = DeliveryState::Failed;
    }
    store::delivery::save(tx, thread.org, now, sending).await?;
    store::thread::unsaid(tx, thread, now).await?;
    if sending.author_kind == AuthorKind::Ai {
        hand_off::apply(tx, handoff_timeout, thread, now, Handoff::AgentFailed("message_not_delivered"))
            .await?;
    }
    Ok(())
}

/// The next queued message of the conversation need not wait for its own timer.
pub(super) async fn wake_next(tx: &mut Tx, thread: &Thread, done: &Sending, now: At) -> Result<(), DbError> {
    let open = store::delivery::open_of(tx, thread.org, thread.id).await?;
    let leaves = |other: &Sending| match other.state {
        DeliveryState::Queued => true,
        DeliveryState::Held => is_due(other, now),
        _ => false,
    };
    let next = open.into_iter().find(|other| other.turn_id != done.turn_id && leaves(other));
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

/// For logs: what came back, without the message.
struct Outcome<'a>(&'a Sent);

impl std::fmt::Debug for Outcome<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Sent::Accepted { sid, status } => write!(f, "accepted {sid} {status}"),
            Sent::Rejected { code, .. } => write!(f, "rejected {code:?}"),
            Sent::Unknown { cause } => write!(f, "unknown: {cause}"),
        }
    }
}
