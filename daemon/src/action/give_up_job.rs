//! A person lets given-up work go: whoever would have waited for it is told.

use std::time::Duration;

use lotline_common::{
    At, JobId, TurnId,
    api::{audit::AuditAction, message::DeliveryState},
};

use super::{
    bury_job::settled,
    deliver_message::{Settings, failed, unknown, wake_next},
    do_once, hand_off,
    retry_job::entry,
};
use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    domain::{
        floor::Handoff,
        job::Job,
        organization::OrgKey,
        permission::{Agent, Principal},
    },
    error::Result,
    store::{self, dead_letter::DeadJob},
};

const GIVEN_UP: &str = "given_up";

pub async fn run(app: &App, agent: &Agent, id: JobId) -> Result<()> {
    let (now, member) = (app.clock.now(), Principal::clone(agent));
    let (timeout, settings) = (app.config.floor.handoff_timeout, Settings::of(app));
    do_once::run(app, Scope::Org(agent.org), agent.once.clone(), move |tx| {
        Box::pin(async move {
            let dead = store::dead_letter::find(tx, member.org, id).await?;
            match dead.job {
                Job::DeliverMessage { turn } => not_sent(tx, member.org, turn, now, &settings).await?,
                Job::ReconcileMessage { turn } => not_found_out(tx, member.org, turn, now).await?,
                Job::ReplyWithAgent => not_answered(tx, member.org, &dead, now, timeout).await?,
                _ => {}
            }
            store::dead_letter::remove(tx, member.org, id).await?;
            store::audit::append(tx, member.org, now, entry(AuditAction::JobGivenUp, &member, &dead)).await?;
            Ok(settled(tx, member.org, dead.lead, now).await?)
        })
    })
    .await
}

/// What has not left will not leave. What may have left is looked for, as it always is.
async fn not_sent(
    tx: &mut Tx,
    org: OrgKey,
    turn: TurnId,
    now: At,
    settings: &Settings,
) -> Result<(), DbError> {
    let (mut sending, mut thread) = store::delivery::open(tx, org, turn).await?;
    match sending.state {
        DeliveryState::Held | DeliveryState::Queued => {
            sending.reason = Some(GIVEN_UP.into());
            failed(tx, &mut thread, &mut sending, now, settings.handoff_timeout).await?;
            wake_next(tx, &thread, &sending, now).await
        }
        _ => unknown(tx, org, &mut sending, now, "given up", settings).await,
    }
}

async fn not_found_out(tx: &mut Tx, org: OrgKey, turn: TurnId, now: At) -> Result<(), DbError> {
    let (mut sending, thread) = store::delivery::open(tx, org, turn).await?;
    if sending.state == DeliveryState::Unknown && !sending.needs_operator {
        sending.needs_operator = true;
        store::delivery::save(tx, org, now, &sending).await?;
        wake_next(tx, &thread, &sending, now).await?;
    }
    Ok(())
}

async fn not_answered(
    tx: &mut Tx,
    org: OrgKey,
    dead: &DeadJob,
    now: At,
    timeout: Duration,
) -> Result<(), DbError> {
    let Some(lead) = dead.lead else { return Ok(()) };
    let mut thread = store::thread::open(tx, org, lead).await?;
    if thread.waiting_since.is_some() && thread.floor.lets_ai_speak(thread.floor.fence) {
        hand_off::apply(tx, timeout, &mut thread, now, Handoff::AgentFailed(GIVEN_UP)).await?;
    }
    Ok(())
}
