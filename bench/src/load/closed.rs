//! The closed loop: every connection asks again as soon as it is answered.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use futures::future::try_join_all;

use super::Connection;
use crate::{Result, daemon::Daemon, measure, measure::Latencies};

/// Before this nothing counts: connections open, caches fill.
const WARM_UP: Duration = Duration::from_millis(400);

/// What a load came to.
pub(crate) struct Run {
    /// Answered while it was measured.
    pub(crate) operations: usize,
    /// Answered from first to last.
    pub(crate) total: usize,
    pub(crate) took: Duration,
    pub(crate) cpu: Duration,
    pub(crate) latencies: Latencies,
}

impl Run {
    pub(crate) fn cpu_micros(&self) -> f64 {
        measure::micros(self.cpu, self.operations)
    }

    pub(crate) fn per_second(&self) -> f64 {
        measure::count(self.operations) / self.took.as_secs_f64()
    }
}

/// `connections` at once for `time`; `request(n)` makes the `n`th. Every answer must have the status `expected`.
pub(crate) async fn closed(
    daemon: &Daemon,
    connections: usize,
    time: Duration,
    expected: u16,
    request: impl Fn(u64) -> Vec<u8>,
) -> Result<Run> {
    let (next, measuring, over) =
        (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
    let client = || async {
        let mut connection = Connection::open(daemon.address).await?;
        let (mut latencies, mut total) = (Latencies::default(), 0);
        while !over.get() {
            let n = next.get();
            next.set(n + 1);
            let bytes = request(n);
            let begun = Instant::now();
            let answer = connection.ask(&bytes).await?;
            if answer.status != expected {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                return Err(format!("an answer was {} in place of {expected}: {body}", answer.status).into());
            }
            total += 1;
            if measuring.get() {
                latencies.push(begun.elapsed());
            }
        }
        Ok((latencies, total))
    };
    let clock = async {
        tokio::time::sleep(WARM_UP).await;
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
    let mut run = Run { operations: 0, total: 0, took, cpu, latencies: Latencies::default() };
    for (latencies, total) in done {
        run.operations += latencies.len();
        run.total += total;
        run.latencies.extend(latencies);
    }
    Ok(run)
}
