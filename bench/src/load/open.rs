//! The open loop: texts come when they come, whether or not the last was answered. A wait counts from the scheduled
//! moment, so that a pause is seen by all whom it held up.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream::FuturesUnordered};

use super::{Connection, Run};
use crate::{Result, daemon::Daemon, measure::Latencies};

/// Open from the beginning; a daemon that falls behind gets more.
const CONNECTIONS: usize = 64;

/// `rate` requests a second for `time`; `request(n)` makes the `n`th and is told its moment.
pub(crate) async fn open(
    daemon: &Daemon,
    rate: u32,
    time: Duration,
    expected: u16,
    request: impl Fn(u64, Instant) -> Vec<u8>,
) -> Result<Run> {
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS {
        idle.push(Connection::open(daemon.address).await?);
    }
    let (idle, mut under_way) = (RefCell::new(idle), FuturesUnordered::new());
    let (cpu, begun, every) = (daemon.cpu()?, Instant::now(), Duration::from_secs(1) / rate);
    let (mut run, mut n) =
        (Run { operations: 0, total: 0, took: time, cpu, latencies: Latencies::default() }, 0_u32);
    loop {
        let moment = begun + every * n;
        if moment.duration_since(begun) >= time {
            break;
        }
        if Instant::now() >= moment {
            let kept = idle.borrow_mut().pop();
            let bytes = request(u64::from(n), moment);
            let idle = &idle;
            under_way.push(async move {
                let mut connection = match kept {
                    Some(connection) => connection,
                    None => Connection::open(daemon.address).await?,
                };
                let status = connection.ask(&bytes).await?.status;
                idle.borrow_mut().push(connection);
                Result::Ok((status, moment.elapsed()))
            });
            n += 1;
        }
        // Timers are a millisecond apart and would be part of what is measured; this looks all the time instead.
        while let Some(Some(answer)) = futures::FutureExt::now_or_never(under_way.next()) {
            note(&mut run, answer?, expected)?;
        }
        tokio::task::yield_now().await;
    }
    while let Some(answer) = under_way.next().await {
        note(&mut run, answer?, expected)?;
    }
    run.took = begun.elapsed();
    run.cpu = daemon.cpu()?.saturating_sub(cpu);
    Ok(run)
}

fn note(run: &mut Run, (status, latency): (u16, Duration), expected: u16) -> Result<()> {
    if status != expected {
        return Err(format!("an answer was {status} in place of {expected}").into());
    }
    run.latencies.push(latency);
    run.operations += 1;
    run.total += 1;
    Ok(())
}
