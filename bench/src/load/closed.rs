//! The closed loop: every connection asks again as soon as it is answered.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use futures::future::try_join_all;

use super::{Answer, Connection, Run};
use crate::{Result, daemon::Daemon, measure::Latencies};

/// Before this, or a fifth of the time to measure, nothing counts: connections open, caches fill.
const WARM_UP: Duration = Duration::from_millis(400);

/// `connections` at once for `time`; `request(n)` makes the `n`th. Every answer must be as `wanted` says.
pub(crate) async fn closed(
    daemon: &Daemon,
    connections: usize,
    time: Duration,
    wanted: impl Fn(&Answer) -> bool,
    request: impl Fn(u64) -> Vec<u8>,
) -> Result<Run> {
    let (next, measuring, over) = (Cell::new(0), Cell::new(false), Cell::new(false));
    let client = || async {
        let mut connection = Connection::open(daemon.address).await?;
        let (mut latencies, mut total) = (Latencies::default(), 0);
        while !over.get() {
            let bytes = request(next.replace(next.get() + 1));
            let begun = Instant::now();
            let answer = connection.ask(&bytes).await?;
            if measuring.get() {
                latencies.push(begun.elapsed());
            }
            answer.check(&wanted)?;
            total += 1;
        }
        Ok((latencies, total))
    };
    let clock = async {
        tokio::time::sleep(WARM_UP.min(time / 5)).await;
        let (cpu, begun) = (daemon.cpu()?, Instant::now());
        measuring.set(true);
        tokio::time::sleep(time).await;
        measuring.set(false);
        let (cpu, took) = (daemon.cpu()?.saturating_sub(cpu), begun.elapsed());
        over.set(true);
        Result::Ok((cpu, took))
    };
    let clients = try_join_all((0..connections).map(|_| client()));
    let (done, (cpu, took)) = futures::future::try_join(clients, clock).await?;
    let mut run =
        Run { total: 0, took, cpu, latencies: Latencies::default(), resident: daemon.resident()?.0 };
    for (latencies, total) in done {
        run.total += total;
        run.latencies.extend(latencies);
    }
    Ok(run)
}
