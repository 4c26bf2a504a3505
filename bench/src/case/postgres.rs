//! The other engine, durable too: a server of its own on the same processors; one daemon, then two on one database.

use futures::future::try_join_all;

use super::Rows;
use crate::{
    Bench, Result,
    daemon::Daemon,
    load::{Answer, Customers, Run, closed},
    report::Row,
    seed::Stores,
    verify::Stored,
};

const CONNECTIONS: usize = 64;

pub(super) async fn run(bench: &Bench) -> Rows {
    let stores = Stores::on_postgres(&bench.root, &bench.processors)?;
    let mut rows = Vec::new();
    for daemons in [1, 2] {
        let database = stores.copy(0).await?;
        let mut runs = load(bench, &database, daemons).await?;
        Stored { before: 0, added: runs.iter().map(|run| run.total).sum() }.check(&database).await?;
        let rate: f64 = runs.iter().map(Run::per_second).sum();
        let row = Row::new(if daemons == 1 { "one daemon, rate" } else { "two daemons, rate" }, rate, "/s");
        rows.push(if daemons == 1 { row.at_least(4_000.0, 8_000.0) } else { row });
        rows.extend(runs.iter_mut().map(|run| run.row("a daemon's own work for a text")));
    }
    Ok(rows)
}

/// The same customers' numbers are new at every daemon.
async fn load(bench: &Bench, database: &str, daemons: usize) -> Result<Vec<Run>> {
    let mut running = Vec::new();
    for _ in 0..daemons {
        running.push(Daemon::start(bench, database).await?);
    }
    let share = CONNECTIONS / daemons;
    let loads = running.iter().zip(0_u64..).map(|(daemon, n)| {
        let customers = Customers::New(n * 1_000_000_000);
        closed(daemon, share, bench.time, Answer::ok, move |n| customers.text(n))
    });
    let runs = try_join_all(loads).await?;
    for daemon in running {
        daemon.stop().await?;
    }
    Ok(runs)
}
