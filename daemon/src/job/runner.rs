//! Claims jobs that are due and runs each in a task of its own.
//!
//! It wakes when a commit says that a job is due, and looks by itself every second: a wake-up may be lost, a row is
//! not.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use lotline_common::At;
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

use crate::{
    action::{deliver_message, erase_lead, hand_off, reconcile_message, reply_with_agent, set_floor},
    app::App,
    db::{DbError, Scope},
    domain::{job::Job, retry::backoff},
    error::Result,
    limits,
    store::{
        self,
        job::{Claim, Lease},
    },
};

/// Wakes the runner. Cheap to clone.
#[derive(Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// Runs until the process stops; jobs under way finish.
pub fn start(app: &Arc<App>, bell: Bell) {
    let app = app.clone();
    let tasks = app.tasks.clone();
    tasks.spawn(async move {
        let slots = Arc::new(Semaphore::new(app.config.limits.jobs_at_once));
        let owner = Uuid::now_v7();
        let stop = app.tasks.stopping().clone();
        while !stop.is_cancelled() {
            let wait = match round(&app, &slots, owner, &bell).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "jobs could not be claimed");
                    limits::JOB_POLL
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = bell.0.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    });
}

/// One look: starts what is due and says how long to wait for the next.
async fn round(app: &Arc<App>, slots: &Arc<Semaphore>, owner: Uuid, bell: &Bell) -> Result<Duration> {
    let now = app.clock.now();
    let free = slots.available_permits();
    if free == 0 {
        // A job that ends rings the bell.
        return Ok(limits::JOB_POLL);
    }
    let wait = next_due(app, now).await?.unwrap_or(limits::JOB_POLL).min(limits::JOB_POLL);
    if !wait.is_zero() {
        return Ok(wait);
    }
    let lease = lease(app);
    let limit = i64::try_from(free).unwrap_or(1);
    let claimed = app.db.write(Scope::System, move |tx| {
        Box::pin(async move { store::job::claim(tx, owner, now, lease, limit).await })
    });
    let claims: Vec<Claim> = match claimed.await {
        // Another daemon took a job of the same lead in this moment; the next look sees that.
        Err(DbError::Taken(_)) => return Ok(Duration::ZERO),
        claims => claims?,
    };
    let full = claims.len() == free;
    let none = claims.is_empty();
    for claim in claims {
        let Ok(slot) = slots.clone().acquire_owned().await else {
            break;
        };
        let (app, bell) = (app.clone(), bell.clone());
        let tasks = app.tasks.clone();
        tasks.spawn(async move {
            run(&app, claim).await;
            drop(slot);
            bell.ring();
        });
    }
    // What is due but could not be claimed waits for its lead's other job, whose end rings the bell.
    Ok(if full || none { limits::JOB_POLL } else { Duration::ZERO })
}

async fn next_due(app: &App, now: At) -> Result<Option<Duration>> {
    let mut tx = app.db.read(Scope::System).await?;
    Ok(store::job::next_due(&mut tx, now).await?)
}

fn lease(app: &App) -> Lease {
    Lease { steady: app.clock.steady(), length: limits::JOB_LEASE }
}

async fn run(app: &App, claim: Claim) {
    let work = AssertUnwindSafe(dispatch(app, claim.clone())).catch_unwind();
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = keep(app, &claim) => return,
    };
    let cause = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_panic) => "the job panicked; see the log".to_owned(),
    };
    tracing::error!(job = %claim.id, kind = claim.job.kind(), attempts = claim.attempts, %cause, "a job failed");
    if let Err(error) = fail(app, claim, cause).await {
        tracing::error!(%error, "a failed job could not be put back; its lease runs out");
    }
}

/// Extends the lease again and again; returns when it is lost, and with it the right to go on.
async fn keep(app: &App, claim: &Claim) {
    loop {
        tokio::time::sleep(limits::JOB_HEARTBEAT).await;
        let (lease, held) = (lease(app), claim.clone());
        let extended = app.db.write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move { store::job::extend(tx, &held, lease).await })
        });
        match extended.await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(job = %claim.id, kind = claim.job.kind(), "another daemon has taken this job over");
                return;
            }
            // Its effects are fenced; it may yet come to an end in time.
            Err(error) => tracing::warn!(%error, job = %claim.id, "a lease could not be extended"),
        }
    }
}

async fn dispatch(app: &App, claim: Claim) -> Result<()> {
    match claim.job.clone() {
        Job::ReplyWithAgent => reply_with_agent::run(app, claim).await,
        Job::DeliverMessage { turn } => deliver_message::run(app, claim, turn).await,
        Job::ReconcileMessage { turn } => reconcile_message::run(app, claim, turn).await,
        Job::HandBackFloor { fence } => set_floor::hand_back(app, claim, fence).await,
        Job::ExpireHandoff { fence } => hand_off::expire(app, claim, fence).await,
        Job::ForgetReceipts => erase_lead::forget_receipts(app, claim).await,
    }
}

/// Again later; after too many tries it is dead and a person must look.
async fn fail(app: &App, claim: Claim, cause: String) -> Result<()> {
    let at = app.clock.now() + backoff(claim.attempts, fastrand::f64());
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                if claim.attempts >= limits::JOB_ATTEMPTS {
                    store::job::bury(tx, &claim, &cause).await?;
                } else {
                    store::job::again(tx, &claim, at, &cause).await?;
                }
                Ok(())
            })
        })
        .await
}
