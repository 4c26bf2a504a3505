//! One organization's events to many streams: one event at a time, and in bursts.

use std::time::Instant;

use futures::future::try_join_all;

use super::Rows;
use crate::{
    Bench, Result,
    daemon::Daemon,
    load::{Answer, Connection, Customers, Streams},
    measure,
    measure::Latencies,
    report::Row,
    verify::Stored,
};

/// Customers that are known, so that a text is one event.
const KNOWN: u64 = 1_000;
/// Texts of a burst, over so many connections.
const PUBLISHERS: usize = 4;
const BURST: usize = 16;

pub(super) async fn run(bench: &Bench) -> Rows {
    let mut rows = Vec::new();
    for count in [100, 1_000, 10_000] {
        rows.extend(of(bench, count).await?);
    }
    Ok(rows)
}

async fn of(bench: &Bench, count: usize) -> Rows {
    let database = bench.stores.copy(KNOWN).await?;
    let daemon = Daemon::start(bench, &database).await?;
    let token = daemon.sign_in().await?;
    tokio::time::sleep(bench.time / 3).await;
    let before = daemon.resident()?.0;
    let streams = Streams::open(daemon.address, &token, count).await?;
    let each = (daemon.resident()?.0 - before) * 1024.0 / measure::count(count);
    let mut connections = Vec::new();
    for _ in 0..PUBLISHERS {
        connections.push(Connection::open(daemon.address).await?);
    }
    let rows = vec![
        serial(bench, &daemon, &streams, &mut connections, count).await?,
        bursts(bench, &daemon, &streams, &mut connections, count).await?,
        memory(count, each),
    ];
    // Every stream has seen each of them once.
    let texts = streams.turns() / count;
    drop(streams);
    daemon.stop().await?;
    Stored { before: KNOWN, added: texts }.check(&database).await?;
    Ok(rows)
}

fn memory(count: usize, kib: f64) -> Row {
    let row = Row::new(format!("{count} streams, memory of each"), kib, "KiB");
    if count == 1_000 { row.at_most(9.0, 7.0) } else { row }
}

/// One event; when everybody has it, the next.
async fn serial(
    bench: &Bench,
    daemon: &Daemon,
    streams: &Streams,
    to: &mut [Connection],
    count: usize,
) -> Result<Row> {
    let mut last = Latencies::default();
    let (cpu, begun, before) = (daemon.cpu()?, Instant::now(), streams.turns());
    let connection = to.first_mut().ok_or("no connection")?;
    while begun.elapsed() < bench.time {
        let sent = Instant::now();
        publish(connection, 1).await?;
        let arrived = streams.until(before + (last.len() + 1) * count).await?;
        last.push(arrived.duration_since(sent));
    }
    let cpu = measure::micros(daemon.cpu()?.saturating_sub(cpu), last.len() * count);
    let row = Row::new(format!("{count} streams, one event at a time"), cpu, "µs CPU");
    let row = if count == 1_000 { row.at_most(7.5, 6.0) } else { row };
    Ok(row
        .beside(bench.limits.delivery())
        .note(format!("the last has it after {:.1} ms (p50)", last.millis(0.5))))
}

/// Several publishers at once; when everybody has everything, the next burst.
async fn bursts(
    bench: &Bench,
    daemon: &Daemon,
    streams: &Streams,
    to: &mut [Connection],
    count: usize,
) -> Result<Row> {
    let (cpu, begun, before) = (daemon.cpu()?, Instant::now(), streams.turns());
    let mut deliveries = 0;
    while begun.elapsed() < bench.time {
        try_join_all(to.iter_mut().map(|connection| publish(connection, BURST))).await?;
        deliveries += PUBLISHERS * BURST * count;
        streams.until(before + deliveries).await?;
    }
    let took = begun.elapsed();
    let cpu = measure::micros(daemon.cpu()?.saturating_sub(cpu), deliveries);
    let row = Row::new(format!("{count} streams, bursts of {}", PUBLISHERS * BURST), cpu, "µs CPU");
    let row = if count == 1_000 { row.at_most(2.5, 1.9) } else { row };
    Ok(row
        .beside(bench.limits.delivery())
        .note(format!("{:.0} deliveries/s", measure::count(deliveries) / took.as_secs_f64())))
}

async fn publish(connection: &mut Connection, texts: usize) -> Result<()> {
    for _ in 0..texts {
        let answer = connection.ask(&Customers::Known(KNOWN).text(0)).await?;
        answer.check(Answer::ok)?;
    }
    Ok(())
}
