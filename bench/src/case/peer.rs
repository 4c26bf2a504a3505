//! The same texts to what a team would otherwise pick, `bench/peer/`. Budgets were set beside such a peer on another
//! machine: what they come to on this one is a share of what the peer needs here.

use std::{fs, net::TcpListener, path::PathBuf, process::Command};

use super::{Rows, ingest};
use crate::{
    Bench, Result,
    daemon::Daemon,
    database::Database,
    load::{Answer, Customers, Run, closed},
    report::Row,
};

/// What the peer took where the budgets were set, as they are written, and the goal.
struct There {
    connections: usize,
    peer: (f64, f64),
    goal: (f64, f64),
}

const THERE: [There; 2] = [
    There { connections: 64, peer: (76.0, 12_255.0), goal: ingest::GOAL_64 },
    There { connections: 256, peer: (72.7, 11_346.0), goal: ingest::GOAL_256 },
];

pub(super) async fn run(bench: &Bench) -> Rows {
    let folder = install(bench)?;
    let mut rows = Vec::new();
    for there in THERE {
        let connections = there.connections;
        let mut theirs = peer(bench, &folder, connections).await?;
        let mut ours = ingest::one(bench, 0, Customers::New(0), connections).await?;
        let cost = Row::new("lotlined over it", ours.cpu_micros() / theirs.cpu_micros(), "× CPU");
        let rate = Row::new("lotlined over it, rate", ours.per_second() / theirs.per_second(), "×");
        rows.extend([
            theirs.row(format!("Fastify and better-sqlite3, {connections} connections")),
            ours.row(format!("lotlined, {connections} connections")),
            cost.at_most(ingest::BUDGET.0 / there.peer.0, there.goal.0 / there.peer.0),
            rate.at_least(ingest::BUDGET.1 / there.peer.1, there.goal.1 / there.peer.1),
        ]);
    }
    Ok(rows)
}

async fn peer(bench: &Bench, folder: &PathBuf, connections: usize) -> Result<Run> {
    let file = folder.join("peer.db");
    for ending in ["", "-wal", "-shm"] {
        drop(fs::remove_file(format!("{}{ending}", file.display())));
    }
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new("node");
    command.current_dir(folder).arg("server.js").arg(address.port().to_string()).arg(&file);
    let server = Daemon::other(bench, command, address).await?;
    let text = |n| Customers::New(0).text(n);
    let run = closed(&server, connections, bench.time, Answer::ok, text).await?;
    server.stop().await?;
    let mut database = Database::open(&format!("sqlite://{}", file.display())).await?;
    let stored = database.number("SELECT COUNT(*) FROM turn").await?;
    database.close().await?;
    if usize::try_from(stored)? == run.total {
        Ok(run)
    } else {
        Err(format!("the peer stored {stored} of {} texts", run.total).into())
    }
}

/// A copy of the peer with what it needs, which is fetched once.
fn install(bench: &Bench) -> Result<PathBuf> {
    let (from, to) = (bench.root.join("bench/peer"), bench.folder.join("peer"));
    fs::create_dir_all(&to)?;
    for file in ["package.json", "server.js"] {
        fs::copy(from.join(file), to.join(file))?;
    }
    if to.join("node_modules/better-sqlite3/build").exists() {
        return Ok(to);
    }
    let arguments = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"];
    let installed = Command::new("npm").args(arguments).current_dir(&to).status();
    match installed {
        Ok(status) if status.success() => Ok(to),
        Ok(status) => Err(format!("npm could not install the peer: {status}").into()),
        Err(error) => Err(format!("the peer needs node and npm: {error}").into()),
    }
}
