//! Work by the clock: leases that ran out, receipts and answers that are old.

use std::{sync::Arc, time::Duration};

use crate::{
    action::reconcile_message,
    app::App,
    db::{EngineKind, Scope},
    error::{Error, Result},
    limits, store,
};

const LEASES_EVERY: Duration = Duration::from_secs(15);
const PRUNE_EVERY: Duration = Duration::from_secs(3600);
/// Rows of a kind removed in one transaction.
const PRUNE: i64 = 2_000;

/// What a start must mend before the first job runs: on a file of our own, whoever held a lease is gone, and what was
/// being sent has an unknown outcome.
pub async fn take_over(app: &App) -> Result<()> {
    if app.db.kind() == EngineKind::Sqlite {
        let freed = release(app, true).await?;
        let unknown = reconcile_message::interrupted(app).await?;
        if freed > 0 || unknown > 0 {
            tracing::info!(freed, unknown, "took over the work of the last run");
        }
    }
    Ok(())
}

/// Runs until the process stops.
pub fn start(app: &Arc<App>) {
    let leases = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            tokio::time::sleep(LEASES_EVERY).await;
            if let Err(error) = release(&leases, false).await {
                tracing::warn!(%error, "leases could not be looked at");
            }
        }
    });
    let old = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            match prune(&old).await {
                Ok(removed) if removed == u64::try_from(PRUNE).unwrap_or(0) => tokio::task::yield_now().await,
                Ok(_) => tokio::time::sleep(PRUNE_EVERY).await,
                Err(error) => {
                    tracing::warn!(%error, "what is old could not be removed");
                    tokio::time::sleep(PRUNE_EVERY).await;
                }
            }
        }
    });
}

async fn release(app: &App, all: bool) -> Result<u64> {
    let before = (!all).then(|| app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move { Ok::<_, Error>(store::job::release(tx, before).await?) })
        })
        .await
}

async fn prune(app: &App) -> Result<u64> {
    let now = app.clock.now();
    let (receipts, answers) = (now - app.config.limits.receipts_kept, now - limits::ANSWERS_KEPT);
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let receipts = store::receipt::prune(tx, receipts, PRUNE).await?;
                let answers = store::idempotency_key::prune(tx, answers, PRUNE).await?;
                Ok::<_, Error>(receipts.max(answers))
            })
        })
        .await
}
