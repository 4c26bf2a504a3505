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
    action::{
        bury_job, deliver_message, erase_lead, hand_off, reconcile_message, reply_with_agent, set_floor,
    },
    app::App,
    clock::Clock,
    db::{DbError, Scope},
    domain::{job::Job, retry::WORK},
    error::{Error, Result},
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
                // The alarm says it.
                Err(Error::StorageFull) => limits::JOB_POLL,
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
    let limit = i64::try_from(free).unwrap_or(1);
    let clock = app.clock.clone();
    let claimed = app.db.write(Scope::System, move |tx| {
        // It may have queued for longer than a lease.
        Box::pin(async move { store::job::claim(tx, owner, now, lease(&clock), limit).await })
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
        let (app, bell, running) = (app.clone(), bell.clone(), app.running.begin(claim.id));
        let tasks = app.tasks.clone();
        tasks.spawn(async move {
            run(&app, claim).await;
            drop((running, slot));
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

fn lease(clock: &Clock) -> Lease {
    Lease { steady: clock.steady(), length: limits::JOB_LEASE }
}

async fn run(app: &App, claim: Claim) {
    if claim.attempts > limits::JOB_ENDINGS {
        // Each attempt was counted before it ran, and none came to an end.
        let why = "The daemon stopped each time it was at this; the log may say why.".to_owned();
        if let Err(error) = bury_job::run(app, claim, why).await {
            tracing::error!(%error, "a job that ends its process could not be given up");
        }
        return;
    }
    let work = AssertUnwindSafe(dispatch(app, claim.clone())).catch_unwind();
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = keep(app, &claim) => return app.counts.job(claim.job.kind(), "lost", claim.attempts),
    };
    let good = matches!(outcome, Ok(Ok(())));
    app.counts.job(claim.job.kind(), if good { "done" } else { "failed" }, claim.attempts);
    let error = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error,
        Err(_panic) => Error::internal("the job panicked"),
    };
    tracing::error!(job = %claim.id, kind = claim.job.kind(), attempts = claim.attempts, %error, "a job failed");
    if let Err(error) = fail(app, claim, error).await {
        tracing::error!(%error, "a failed job could not be put back; its lease runs out");
    }
}

/// Extends the lease again and again; returns when it is lost, and with it the right to go on.
async fn keep(app: &App, claim: &Claim) {
    let mut missed = false;
    loop {
        tokio::time::sleep(limits::JOB_HEARTBEAT).await;
        let (clock, held) = (app.clock.clone(), claim.clone());
        let extended = app.db.write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move { store::job::extend(tx, &held, lease(&clock)).await })
        });
        match extended.await {
            Ok(true) => missed = false,
            // Its last commit was quicker than we: it is about to end.
            Ok(false) if !missed => missed = true,
            Ok(false) => {
                tracing::warn!(job = %claim.id, kind = claim.job.kind(), "this job was taken over or called off");
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
        Job::Unreadable => Err(Error::internal("this version does not know this work")),
    }
}

/// Again later; after its last attempt it is given up. That the database is away or busy is not its fault.
async fn fail(app: &App, claim: Claim, error: Error) -> Result<()> {
    let not_its_fault = matches!(error, Error::Unavailable(_) | Error::Contended(_) | Error::StorageFull);
    let why = error.title();
    if claim.attempts >= limits::JOB_ATTEMPTS && !not_its_fault {
        return bury_job::run(app, claim, why).await;
    }
    let now = app.clock.now();
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                if not_its_fault {
                    store::job::put_off(tx, &claim, now + limits::JOB_PAUSE, &why, None).await?;
                } else {
                    let at = now + WORK.wait(claim.attempts, fastrand::f64());
                    store::job::again(tx, &claim, at, &why).await?;
                }
                Ok(())
            })
        })
        .await
}
