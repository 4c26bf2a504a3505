//! Work by the clock: leases that ran out, records whose time is over, what is new for a search.
//!
//! Several daemons free leases, each as soon as it sees one; whatever need be done once an hour is done by one of them.

use std::{sync::Arc, time::Duration};

use crate::{
    action::{count_texts, gather_search, prune, read_lists},
    app::App,
    db::{EngineKind, Scope},
    error::{Error, Result},
    limits, store,
};

const PRUNE_EVERY: Duration = Duration::from_secs(3600);
const COUNT_EVERY: Duration = Duration::from_secs(3600);

/// What a start must mend before the first job runs: on a file of our own, whoever held a lease is gone.
pub async fn take_over(app: &App) -> Result<()> {
    if app.db.kind() == EngineKind::Sqlite {
        let freed = release(app, true).await?;
        if freed > 0 {
            tracing::info!(freed, "took over the work of the last run");
        }
    }
    super::clock::mend(app).await?;
    Ok(())
}

/// Runs until the process stops.
pub fn start(app: &Arc<App>) {
    if let Some(every) = app.config.twilio.list_every {
        look_at_lists(app, every);
    }
    super::clock::start(app);
    let leases = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            let before = leases.clock.steady();
            tokio::time::sleep(limits::LEASES_EVERY).await;
            // A process that was held up lets its own workers extend their leases first.
            if leases.clock.steady().since(before) > limits::LEASES_EVERY * 2 {
                continue;
            }
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
    let search = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            if let Err(error) = make_searchable(&search).await {
                tracing::warn!(%error, "what is new could not be made searchable");
            }
            tokio::time::sleep(limits::SEARCH_LAG).await;
        }
    });
    let pieces = app.clone();
    app.tasks.spawn_until_stop(async move {
        tokio::time::sleep(limits::GATHER_AFTER).await;
        loop {
            if let Err(error) = gather(&pieces).await {
                tracing::warn!(%error, "the indexes of the search could not be gathered");
            }
            tokio::time::sleep(limits::GATHER_EVERY).await;
        }
    });
    let texts = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            // Not at once: what came while nobody was here has been fetched by then.
            tokio::time::sleep(COUNT_EVERY).await;
            if let Err(error) = count(&texts).await {
                tracing::warn!(%error, "the texts of the last hour could not be counted");
            }
        }
    });
    let records = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            if let Err(error) = prune(&records).await {
                tracing::warn!(%error, "records whose time is over could not be removed");
            }
            tokio::time::sleep(PRUNE_EVERY).await;
        }
    });
}

/// At once, since nothing was heard while this process was not there; then in turns with the other daemons.
fn look_at_lists(app: &Arc<App>, every: Duration) {
    let app = app.clone();
    app.clone().tasks.spawn_until_stop(async move {
        let mut looked = read_lists::run(&app, false).await;
        loop {
            if let Err(error) = looked {
                tracing::warn!(%error, "the carrier's lists could not be read");
            }
            tokio::time::sleep(every).await;
            looked = look_in_turn(&app, every).await;
        }
    });
}

/// Unless another daemon does it this time.
async fn look_in_turn(app: &App, every: Duration) -> Result<()> {
    if take_turn(app, "read_lists", every).await? {
        read_lists::run(app, true).await?;
    }
    Ok(())
}

/// True for one daemon of all.
async fn take_turn(app: &App, name: &'static str, every: Duration) -> Result<bool> {
    let now = app.clock.now();
    let turn = app.db.write(Scope::System, move |tx| {
        // Half: two looks of one daemon are never quite a whole turn apart.
        Box::pin(async move { store::schedule::take(tx, name, every / 2, now).await })
    });
    Ok(turn.await?)
}

async fn release(app: &App, all: bool) -> Result<u64> {
    let (steady, running) = (app.clock.steady(), app.running.all());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let before = if all { None } else { Some(tx.now(steady).await?) };
                Ok::<_, Error>(store::job::release(tx, before, &running).await?)
            })
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

/// Unless it was done before the last start.
async fn gather(app: &App) -> Result<()> {
    if take_turn(app, "gather_search", limits::GATHER_EVERY).await? {
        gather_search::run(app, limits::GATHER_PAGES, limits::GATHER_PAUSE).await?;
    }
    Ok(())
}

/// Unless another daemon does it this time.
async fn count(app: &App) -> Result<()> {
    if take_turn(app, "count_texts", COUNT_EVERY).await? {
        count_texts::run(app).await?;
    }
    Ok(())
}

/// Unless another daemon does it this time.
async fn prune(app: &App) -> Result<()> {
    if take_turn(app, "prune", PRUNE_EVERY).await? {
        let removed = prune::run(app).await?;
        if removed > 0 {
            tracing::info!(removed, "records whose time is over were removed");
        }
    }
    Ok(())
}
