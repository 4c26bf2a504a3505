//! The open loop: texts come when they come, whether or not the last was answered. A wait counts from the scheduled
//! moment, so that a pause is seen by all whom it held up.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream::FuturesUnordered};

use super::{Answer, Connection, Run};
use crate::{Result, daemon::Daemon, measure::Latencies};

/// Open from the beginning; a daemon that falls behind gets more.
const CONNECTIONS: usize = 64;

/// `rate` requests a second for `time`; `request(n)` makes the `n`th and is told its moment. Every answer must be as
/// `wanted` says.
pub(crate) async fn open(
    daemon: &Daemon,
    rate: u32,
    time: Duration,
    wanted: impl Fn(&Answer) -> bool,
    request: impl Fn(u64, Instant) -> Vec<u8>,
) -> Result<Run> {
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS {
        idle.push(Connection::open(daemon.address).await?);
    }
    let (idle, mut under_way) = (RefCell::new(idle), FuturesUnordered::new());
    let (cpu, begun, every) = (daemon.cpu()?, Instant::now(), Duration::from_secs(1) / rate);
    let (mut latencies, mut n) = (Latencies::default(), 0_u32);
    loop {
        let moment = begun + every * n;
        if moment.duration_since(begun) >= time {
            break;
        }
        if Instant::now() >= moment {
            let kept = idle.borrow_mut().pop();
            let bytes = request(u64::from(n), moment);
            let (idle, wanted) = (&idle, &wanted);
            under_way.push(async move {
                let mut connection = match kept {
                    Some(connection) => connection,
                    None => Connection::open(daemon.address).await?,
                };
                let answer = connection.ask(&bytes).await?;
                let latency = moment.elapsed();
                answer.check(wanted)?;
                idle.borrow_mut().push(connection);
                Result::Ok(latency)
            });
            n += 1;
        }
        // Timers are a millisecond apart and would be part of what is measured; this looks all the time instead.
        while let Some(Some(answer)) = futures::FutureExt::now_or_never(under_way.next()) {
            latencies.push(answer?);
        }
        tokio::task::yield_now().await;
    }
    while let Some(answer) = under_way.next().await {
        latencies.push(answer?);
    }
    Ok(Run {
        total: latencies.len(),
        took: begun.elapsed(),
        cpu: daemon.cpu()?.saturating_sub(cpu),
        latencies,
        resident: daemon.resident()?.0,
    })
}
