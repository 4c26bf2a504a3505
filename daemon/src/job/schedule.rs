//! Work by the clock: leases that ran out, receipts that are old, what is new for a search.

use std::{sync::Arc, time::Duration};

use crate::{
    action::reconcile_message,
    app::App,
    db::{EngineKind, Scope},
    error::{Error, Result},
    limits, store,
};

const LEASES_EVERY: Duration = Duration::from_secs(15);
const RECEIPTS_EVERY: Duration = Duration::from_secs(3600);
/// Receipts removed in one transaction.
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
    let search = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            if let Err(error) = make_searchable(&search).await {
                tracing::warn!(%error, "what is new could not be made searchable");
            }
            tokio::time::sleep(limits::SEARCH_LAG).await;
        }
    });
    let receipts = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            match prune(&receipts).await {
                Ok(removed) if removed == u64::try_from(PRUNE).unwrap_or(0) => tokio::task::yield_now().await,
                Ok(_) => tokio::time::sleep(RECEIPTS_EVERY).await,
                Err(error) => {
                    tracing::warn!(%error, "old receipts could not be removed");
                    tokio::time::sleep(RECEIPTS_EVERY).await;
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

/// Reads on in every organization's log, a little of each in turn.
async fn make_searchable(app: &App) -> Result<()> {
    loop {
        let mut tx = app.db.read(Scope::System).await?;
        let behind = store::search::behind(&mut tx).await?;
        drop(tx);
        let mut more = false;
        for org in behind {
            more |= app
                .db
                .write(Scope::Org(org), move |tx| {
                    Box::pin(async move {
                        Ok::<_, Error>(store::search::advance(tx, org, limits::SEARCH_BATCH).await?)
                    })
                })
                .await?;
        }
        if !more {
            return Ok(());
        }
    }
}

async fn prune(app: &App) -> Result<u64> {
    let before = app.clock.now() - app.config.limits.receipts_kept;
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move { Ok::<_, Error>(store::receipt::prune(tx, before, PRUNE).await?) })
        })
        .await
}
