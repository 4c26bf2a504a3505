//! What the daemon keeps in memory: doing nothing, after a sign-in, and at most under the heaviest loads.

use super::Rows;
use crate::{
    Bench,
    daemon::Daemon,
    load::{Answer, Customers, closed},
    report::Row,
    verify::Stored,
};

const MANY: u64 = 1_000_000;

pub(super) async fn run(bench: &Bench) -> Rows {
    let database = bench.stores.copy(MANY).await?;
    let daemon = Daemon::start(bench, &database).await?;
    tokio::time::sleep(bench.time / 2).await;
    let mut rows = vec![Row::new("idle", daemon.resident()?.0, "MiB").at_most(16.0, 10.0)];
    daemon.sign_in().await?;
    tokio::time::sleep(bench.time).await;
    rows.push(Row::new("after a sign-in", daemon.resident()?.0, "MiB"));
    let mut added = 0;
    for connections in [64, 256] {
        for customers in [Customers::Known(MANY), Customers::New(MANY * u64::try_from(connections)?)] {
            let run = closed(&daemon, connections, bench.time, Answer::ok, |n| customers.text(n)).await?;
            added += run.total;
        }
    }
    rows.push(
        Row::new("at most, under texts of a million customers", daemon.resident()?.1, "MiB")
            .at_most(96.0, 96.0),
    );
    daemon.stop().await?;
    Stored { before: MANY, added }.check(&database).await?;
    Ok(rows)
}
