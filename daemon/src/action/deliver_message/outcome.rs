//! What the carrier said of a message is written down: accepted, rejected or unknown.

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

use super::wake_next;
use crate::{
    action::{hand_off, opt_out, watch_vendor},
    app::App,
    db::{DbError, Scope, Tx},
    domain::{
        breaker::{Heard, Vendor},
        delivery::{Remedy, Report, after_report, remedy},
        floor::Handoff,
        job::Job,
        organization::OrgKey,
        retry::WORK,
    },
    error::Result,
    port::carrier::Sent,
    store::{self, delivery::Sending, job::Claim, thread::Thread},
};

/// Last transaction: what the carrier said.
pub(super) async fn record(app: &App, claim: Claim, turn: TurnId, sent: Sent) -> Result<()> {
    let (now, settings) = (app.clock.now(), Settings::of(app));
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                let (mut sending, mut thread) = store::delivery::open(tx, claim.org, turn).await?;
                watch_vendor::hear(tx, claim.org, Vendor::Carrier, heard(&sent), now).await?;
                match sent {
                    Sent::Accepted { sid, status } => {
                        accepted(tx, &claim, &mut sending, now, sid, &status).await?;
                    }
                    Sent::Unknown { cause, .. } => {
                        unknown(tx, claim.org, &mut sending, now, &cause, &settings).await?;
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

pub(in crate::action) struct Settings {
    reconcile_first: Duration,
    pub(in crate::action) handoff_timeout: Duration,
    jitter: f64,
}

impl Settings {
    pub(in crate::action) fn of(app: &App) -> Self {
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
    retry_after: Option<Duration>,
    message: String,
}

/// What the answer tells of the carrier, whatever it means for the message.
fn heard(sent: &Sent) -> Heard {
    match *sent {
        Sent::Accepted { .. } => Heard::Answered,
        Sent::Unknown { retry_after, .. } => Heard::Failed { retry_after },
        // Unreached, or too much at once for the whole account.
        Sent::Rejected { code: None | Some(20429), retry_after, .. } => Heard::Failed { retry_after },
        Sent::Rejected { code: Some(code), .. } if remedy(code) == Remedy::Account => Heard::Refused,
        Sent::Rejected { .. } => Heard::Answered,
    }
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

/// Nobody knows whether the carrier has it: it is looked for before anything else is done.
pub(in crate::action) async fn unknown(
    tx: &mut Tx,
    org: OrgKey,
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
    sending.unknowns += 1;
    sending.reason = Some("unknown_outcome".into());
    store::delivery::save(tx, org, now, sending).await?;
    let job = Job::ReconcileMessage { turn: sending.turn_id };
    store::job::enqueue(tx, org, sending.lead_id, job, now + settings.reconcile_first, now).await
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
            let wait = no.retry_after.unwrap_or_else(|| WORK.wait(sending.attempts, settings.jitter));
            sending.state = DeliveryState::Queued;
            sending.reason = (remedy == Remedy::Account).then(|| "carrier_credentials".into());
            store::delivery::save(tx, claim.org, now, sending).await?;
            let next = (now + wait).min(sending.stale_at);
            store::job::put_off(tx, claim, next, "the carrier did not take it", Some(Vendor::Carrier)).await
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
pub(in crate::action) async fn failed(
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

/// For logs: what came back, without the message.
pub(super) struct Shown<'a>(pub(super) &'a Sent);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Sent::Accepted { sid, status } => write!(f, "accepted {sid} {status}"),
            Sent::Rejected { code, .. } => write!(f, "rejected {code:?}"),
            Sent::Unknown { cause, .. } => write!(f, "unknown: {cause}"),
        }
    }
}
