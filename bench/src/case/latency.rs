//! From the moment a text is due to the moment an operator's stream has it.

use super::Rows;
use crate::{
    Bench,
    daemon::Daemon,
    load::{Answer, Streams, open},
    report::Row,
    shop::{self, FIRST},
    verify::Stored,
};

const STREAMS: usize = 20;
const RATE: u32 = 500;

pub(super) async fn run(bench: &Bench) -> Rows {
    let database = bench.stores.copy(0).await?;
    let daemon = Daemon::start(bench, &database).await?;
    let token = daemon.sign_in().await?;
    let streams = Streams::open(daemon.address, &token, STREAMS).await?;
    let text = |n, moment| {
        streams.expect(moment);
        shop::text(FIRST, &shop::phone(n), &format!("#{n}"))
    };
    let mut run = open(&daemon, RATE, bench.time * 2, Answer::ok, text).await?;
    streams.until(run.total * STREAMS).await?;
    let mut waits = streams.waits();
    if waits.len() != run.total * STREAMS {
        return Err(format!("{} of {} arrivals were timed", waits.len(), run.total * STREAMS).into());
    }
    drop(streams);
    daemon.stop().await?;
    Stored { before: 0, added: run.total }.check(&database).await?;
    Ok(vec![
        Row::new("p50", waits.millis(0.5), "ms").at_most(0.65, 0.45).beside(bench.limits.durable()),
        Row::new("p99", waits.millis(0.99), "ms").at_most(2.0, 1.2),
        run.row("a text and its 20 deliveries"),
    ])
}
