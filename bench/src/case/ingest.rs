//! Texts of new customers: closed loops of several widths, and open loops whose waits count from the scheduled moment.

use super::Rows;
use crate::{
    Bench, Result,
    daemon::Daemon,
    load::{Customers, Run, closed, open},
    report::Row,
    seed,
    verify::{Stored, turns},
};

pub(super) async fn run(bench: &Bench) -> Rows {
    let mut rows = Vec::new();
    for connections in [1, 16, 64, 256] {
        let run = one(bench, 0, Customers::New(0), connections).await?;
        rows.extend(closed_rows(&format!("{connections} connections"), run, connections));
    }
    for rate in [200, 1_000] {
        let database = seed::copy(bench, 0).await?;
        let daemon = Daemon::start(bench, &database).await?;
        let run = open(&daemon, rate, bench.time * 2, 200, |n, _| Customers::New(0).text(n)).await?;
        daemon.stop().await?;
        Stored { before: 0, added: run.total }.check(&database).await?;
        rows.extend(open_rows(rate, run));
    }
    Ok(rows)
}

/// One closed loop on a copy of the database with `leads`; what it stored is counted.
pub(super) async fn one(bench: &Bench, leads: u64, customers: Customers, connections: usize) -> Result<Run> {
    let database = seed::copy(bench, leads).await?;
    let before = turns(&database).await?;
    let daemon = Daemon::start(bench, &database).await?;
    let run = closed(&daemon, connections, bench.time, 200, |n| customers.text(n)).await?;
    daemon.stop().await?;
    Stored { before, added: run.total }.check(&database).await?;
    Ok(run)
}

fn closed_rows(what: &str, mut run: Run, connections: usize) -> Vec<Row> {
    let cpu = Row::new(what, run.cpu_micros(), "µs CPU");
    let rate = Row::new(what, run.per_second(), "/s");
    let (cpu, rate) = match connections {
        64 => (cpu.at_most(60.0, 42.0), rate.at_least(15_500.0, 20_000.0)),
        256 => (cpu.at_most(60.0, 36.0), rate.at_least(15_500.0, 25_000.0)),
        _ => (cpu, rate),
    };
    vec![cpu, rate.note(waits(&mut run))]
}

fn open_rows(rate: u32, mut run: Run) -> Vec<Row> {
    let what = format!("open loop, {rate}/s");
    let p99 = Row::new(format!("{what}, p99"), run.latencies.millis(0.99), "ms");
    let p99 = if rate == 1_000 { p99.at_most(2.5, 1.5) } else { p99 };
    vec![Row::new(what, run.cpu_micros(), "µs CPU"), p99.note(waits(&mut run))]
}

pub(super) fn waits(run: &mut Run) -> String {
    let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| run.latencies.millis(share));
    format!("p50 {p50:.2}, p95 {p95:.2}, p99 {p99:.2} ms")
}
