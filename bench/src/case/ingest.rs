//! Texts of new customers: closed loops of several widths, and open loops whose waits count from the scheduled moment.

use super::Rows;
use crate::{
    Bench, Result,
    daemon::Daemon,
    load::{Answer, Customers, Run, closed, open},
    report::Row,
    verify::Stored,
};

/// Processor time of a text, in microseconds, and texts a second, at 64 connections and at 256.
pub(super) const BUDGET: (f64, f64) = (60.0, 15_500.0);
pub(super) const GOAL_64: (f64, f64) = (42.0, 20_000.0);
pub(super) const GOAL_256: (f64, f64) = (36.0, 25_000.0);

pub(super) async fn run(bench: &Bench) -> Rows {
    let mut rows = Vec::new();
    for connections in [1, 16, 64, 256] {
        let run = one(bench, 0, Customers::New(0), connections).await?;
        rows.extend(closed_rows(bench, run, connections));
    }
    for rate in [200, 1_000] {
        let database = bench.stores.copy(0).await?;
        let daemon = Daemon::start(bench, &database).await?;
        let text = |n, _| Customers::New(0).text(n);
        let run = open(&daemon, rate, bench.time * 2, Answer::ok, text).await?;
        daemon.stop().await?;
        Stored { before: 0, added: run.total }.check(&database).await?;
        rows.extend(open_rows(bench, rate, run));
    }
    Ok(rows)
}

/// One closed loop on a copy of the database with `leads`; what it stored is counted.
pub(super) async fn one(bench: &Bench, leads: u64, customers: Customers, connections: usize) -> Result<Run> {
    let database = bench.stores.copy(leads).await?;
    let daemon = Daemon::start(bench, &database).await?;
    let run = closed(&daemon, connections, bench.time, Answer::ok, |n| customers.text(n)).await?;
    daemon.stop().await?;
    Stored { before: leads, added: run.total }.check(&database).await?;
    Ok(run)
}

fn closed_rows(bench: &Bench, mut run: Run, connections: usize) -> Vec<Row> {
    let what =
        if connections == 1 { "1 connection".to_owned() } else { format!("{connections} connections") };
    let (cpu, rate) = (run.row(&*what), Row::new(format!("{what}, rate"), run.per_second(), "/s"));
    let cpu = cpu.beside(bench.limits.request(Customers::New(0).rows()));
    let goal = match connections {
        64 => GOAL_64,
        256 => GOAL_256,
        _ => return vec![cpu],
    };
    vec![cpu.at_most(BUDGET.0, goal.0), rate.at_least(BUDGET.1, goal.1)]
}

fn open_rows(bench: &Bench, rate: u32, mut run: Run) -> Vec<Row> {
    let what = format!("open loop, {rate}/s");
    let cpu = run.row(&*what).beside(bench.limits.request(Customers::New(0).rows()));
    let wait =
        |name, share, run: &mut Run| Row::new(format!("{what}, {name}"), run.latencies.millis(share), "ms");
    let p50 = wait("p50", 0.5, &mut run).beside(bench.limits.durable());
    let p99 = wait("p99", 0.99, &mut run);
    vec![cpu, p50, if rate == 1_000 { p99.at_most(2.5, 1.5) } else { p99.at_most(10.0, 5.0) }]
}
