//! The other engine, durable too: a throwaway cluster on the same processors; one daemon, then two on one database.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use futures::future::try_join_all;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{Rows, ingest::waits};
use crate::{
    Bench, Result,
    daemon::Daemon,
    load::{Customers, Run, closed},
    report::Row,
    seed, shop,
    verify::Stored,
};

const CONNECTIONS: usize = 64;

pub(super) async fn run(bench: &Bench) -> Rows {
    let cluster = Cluster::start(bench)?;
    let mut rows = Vec::new();
    for daemons in [1, 2] {
        let database = cluster.database(&format!("bench_{daemons}")).await?;
        let app = seed::open(bench, &database).await?;
        shop::build(&app).await?;
        app.close().await;
        let runs = load(bench, &database, daemons).await?;
        Stored { before: 0, added: runs.iter().map(|run| run.total).sum() }.check(&database).await?;
        let rate: f64 = runs.iter().map(Run::per_second).sum();
        let what = if daemons == 1 { "one daemon".to_owned() } else { format!("{daemons} daemons") };
        let note = runs.into_iter().map(|mut run| waits(&mut run)).collect::<Vec<_>>().join("; ");
        let row = Row::new(what, rate, "/s").note(note);
        rows.push(if daemons == 1 { row.at_least(4_000.0, 8_000.0) } else { row });
    }
    cluster.stop()?;
    Ok(rows)
}

/// The same customers' numbers are new at every daemon.
async fn load(bench: &Bench, database: &str, daemons: usize) -> Result<Vec<Run>> {
    let mut running = Vec::new();
    for _ in 0..daemons {
        running.push(Daemon::start_everywhere(bench, database).await?);
    }
    let share = CONNECTIONS / daemons;
    let loads = running.iter().zip(0_u64..).map(|(daemon, n)| {
        let customers = Customers::New(n * 1_000_000_000);
        closed(daemon, share, bench.time, 200, move |n| customers.text(n))
    });
    let runs = try_join_all(loads).await?;
    for daemon in running {
        daemon.stop().await?;
    }
    Ok(runs)
}

/// Started by the script that starts the tests' cluster, but with every commit made durable. It ends with its input.
struct Cluster {
    script: Child,
    server: String,
}

impl Cluster {
    fn start(bench: &Bench) -> Result<Self> {
        let script = "set -euo pipefail; source tests/postgres; start_postgres >&2; trap stop_postgres EXIT
            echo \"$LOTLINE_TEST_POSTGRES\"; cat >/dev/null";
        let mut command = Command::new("bash");
        command
            .args(["-c", script])
            .current_dir(&bench.root)
            .env("postgres_fsync", "on")
            .env_remove("LOTLINE_TEST_POSTGRES");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut script = bench.processors.for_all(|| command.spawn())??;
        let output = script.stdout.take().ok_or("the script has no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        let server = address.trim().rsplit_once('/').ok_or("PostgreSQL did not start")?.0.to_owned();
        Ok(Self { script, server })
    }

    async fn database(&self, name: &str) -> Result<String> {
        let mut connection = PgConnection::connect(&format!("{}/postgres", self.server)).await?;
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        connection.close().await?;
        Ok(format!("{}/{name}", self.server))
    }

    fn stop(mut self) -> Result<()> {
        drop(self.script.stdin.take());
        self.script.wait()?;
        Ok(())
    }
}
