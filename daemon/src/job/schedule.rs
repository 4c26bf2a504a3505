//! Work by the clock: leases that ran out, records whose time is over.

use std::{sync::Arc, time::Duration};

use crate::{
    action::{prune, reconcile_message},
    app::App,
    db::{EngineKind, Scope},
    error::{Error, Result},
    store,
};

const LEASES_EVERY: Duration = Duration::from_secs(15);
const PRUNE_EVERY: Duration = Duration::from_secs(3600);

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
    let records = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            match prune::run(&records).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "records whose time is over were removed"),
                Err(error) => tracing::warn!(%error, "records whose time is over could not be removed"),
            }
            tokio::time::sleep(PRUNE_EVERY).await;
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
