//! Work by the clock: leases that ran out, receipts that are old.
//!
//! Several daemons free leases, each as soon as it sees one; whatever need be done once an hour is done by one of them.

use std::{sync::Arc, time::Duration};

use crate::{
    app::App,
    db::{EngineKind, Scope},
    error::{Error, Result},
    limits, store,
};

const RECEIPTS_EVERY: Duration = Duration::from_secs(3600);
/// Receipts removed in one transaction.
const PRUNE: i64 = 2_000;

/// What a start must mend before the first job runs: on a file of our own, whoever held a lease is gone.
pub async fn take_over(app: &App) -> Result<()> {
    if app.db.kind() == EngineKind::Sqlite {
        let freed = release(app, true).await?;
        if freed > 0 {
            tracing::info!(freed, "took over the work of the last run");
        }
    }
    Ok(())
}

/// Runs until the process stops.
pub fn start(app: &Arc<App>) {
    let leases = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            tokio::time::sleep(limits::LEASES_EVERY).await;
            match release(&leases, false).await {
                Ok(0) => {}
                Ok(freed) => {
                    tracing::info!(freed, "took over the work of a daemon that is gone");
                    leases.bell.ring();
                }
                Err(error) => tracing::warn!(%error, "leases could not be looked at"),
            }
        }
    });
    let receipts = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            if let Err(error) = prune_all(&receipts).await {
                tracing::warn!(%error, "old receipts could not be removed");
            }
            tokio::time::sleep(RECEIPTS_EVERY).await;
        }
    });
}

async fn release(app: &App, all: bool) -> Result<u64> {
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let before = if all { None } else { Some(tx.now(now).await?) };
                Ok::<_, Error>(store::job::release(tx, before).await?)
            })
        })
        .await
}

/// Unless another daemon does it this time.
async fn prune_all(app: &App) -> Result<()> {
    let now = app.clock.now();
    let turn = app.db.write(Scope::System, move |tx| {
        // Half: two looks of one daemon are never quite an hour apart.
        Box::pin(async move { store::schedule::take(tx, "receipts", RECEIPTS_EVERY / 2, now).await })
    });
    if turn.await? {
        while prune(app).await? == u64::try_from(PRUNE).unwrap_or(0) {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

async fn prune(app: &App) -> Result<u64> {
    let before = app.clock.now() - app.config.limits.receipts_kept;
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move { Ok::<_, Error>(store::receipt::prune(tx, before, PRUNE).await?) })
        })
        .await
}
