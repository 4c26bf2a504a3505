//! A person has given-up work tried again.

use std::time::Duration;

use lotline_common::{
    At, JobId, TurnId,
    api::{audit::AuditAction, message::DeliveryState},
};

use super::{bury_job::settled, do_once};
use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    domain::{
        audit::Entry,
        job::Job,
        organization::OrgKey,
        permission::{Agent, Principal},
    },
    error::Result,
    store::{self, dead_letter::DeadJob},
};

/// It runs as any job does: a text still meets the gate and the floor, and one that may have left is looked for first.
pub async fn run(app: &App, agent: &Agent, id: JobId) -> Result<()> {
    let (now, member) = (app.clock.now(), Principal::clone(agent));
    let stale_after = app.config.delivery.stale_after;
    do_once::run(app, Scope::Org(agent.org), agent.once.clone(), move |tx| {
        Box::pin(async move {
            let dead = store::dead_letter::find(tx, member.org, id).await?;
            let at = match dead.job {
                Job::DeliverMessage { turn } => freshen(tx, member.org, turn, now, stale_after).await?,
                _ => now,
            };
            store::dead_letter::revive(tx, member.org, id, at).await?;
            store::audit::append(tx, member.org, now, entry(AuditAction::JobRetried, &member, &dead)).await?;
            Ok(settled(tx, member.org, dead.lead, now).await?)
        })
    })
    .await
}

/// What was done about which work.
pub(super) fn entry(action: AuditAction, member: &Principal, dead: &DeadJob) -> Entry {
    let entry = Entry::new(action, member.actor()).with("work", dead.job.kind());
    match dead.lead {
        Some(lead) => entry.on(lead),
        None => entry,
    }
}

/// A person decided now, so its time counts from now. When it may leave at the earliest: not within its undo window.
async fn freshen(
    tx: &mut Tx,
    org: OrgKey,
    turn: TurnId,
    now: At,
    stale_after: Duration,
) -> Result<At, DbError> {
    let (mut sending, _thread) = store::delivery::open(tx, org, turn).await?;
    if matches!(sending.state, DeliveryState::Held | DeliveryState::Queued) {
        sending.stale_at = sending.stale_at.max(now + stale_after);
        store::delivery::save(tx, org, now, &sending).await?;
    }
    Ok(sending.hold_until.map_or(now, |until| until.max(now)))
}
