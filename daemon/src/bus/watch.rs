//! The tasks behind the streams: waking, beating, and looking at the table.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    task::yield_now,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use super::{Bus, Standing, channel::Channel, frame};
use crate::{
    db::{Db, DbError, Scope},
    limits, store,
};

/// Wakes listeners apart from the committer, in slices, so that a commit never waits for thousands of streams.
pub(super) async fn wake(bus: Bus) {
    loop {
        bus.0.news.notified().await;
        for channel in bus.take_dirty() {
            let mut from = Some(0);
            while let Some(key) = from {
                from = channel.wake(key);
                yield_now().await;
            }
        }
    }
}

/// Pings, spread over the beats; ends readers that are stuck; frees what everybody has read.
pub(super) async fn beats(bus: Bus, beat: Duration) {
    let mut ticks = interval(beat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = bus.0.beat.fetch_add(1, Ordering::Relaxed) + 1;
        for channel in bus.channels() {
            let mut from = Some(0);
            while let Some(key) = from {
                from = channel.beat(key, now);
                yield_now().await;
            }
            channel.trim();
        }
    }
}

/// Lets every stream take its end, then breaks off those whose reader takes nothing any more.
pub(super) async fn end(bus: Bus) {
    bus.close();
    let gone = async {
        while bus.streams() > 0 {
            sleep(limits::STREAM_END_LOOK).await;
        }
    };
    if timeout(limits::STREAM_END, gone).await.is_err() {
        bus.sever();
    }
}

/// Finds what other processes appended and whose right to listen has ended: one query each for all streams together.
///
/// Apart from the beats, because these go on while the database is slow.
pub(super) async fn table(bus: Bus, db: Db, standing: Arc<dyn Standing>, beat: Duration) {
    let mut ticks = interval(beat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => expel(&bus, &*standing).await,
            // Two commits of this process told in the wrong order fill the gap themselves, at once.
            () = bus.0.gap.notified() => sleep(limits::GAP_GRACE).await,
        }
        if let Err(error) = catch_up(&bus, &db).await {
            tracing::warn!(%error, "could not look for events of other processes");
        }
    }
}

async fn expel(bus: &Bus, standing: &dyn Standing) {
    let mut listening = HashSet::new();
    for channel in bus.channels() {
        channel.listening(&mut listening);
    }
    if listening.is_empty() {
        return;
    }
    let listening: Vec<_> = listening.into_iter().collect();
    let ended: HashSet<_> = standing.ended(&listening).await.into_iter().collect();
    if !ended.is_empty() {
        for channel in bus.channels() {
            channel.end(&ended);
        }
    }
}

async fn catch_up(bus: &Bus, db: &Db) -> Result<(), DbError> {
    let channels: HashMap<_, _> = bus
        .channels()
        .into_iter()
        .filter(|channel| channel.head().is_some())
        .map(|channel| (channel.org, channel))
        .collect();
    if channels.is_empty() {
        return Ok(());
    }
    let orgs: Vec<_> = channels.keys().copied().collect();
    let mut tx = db.read(Scope::System).await?;
    let newest = store::event::newest(&mut tx, &orgs).await?;
    drop(tx);
    for (org, seq) in newest {
        if let Some(channel) = channels.get(&org) {
            fill(bus, db, channel, seq).await?;
        }
    }
    Ok(())
}

/// Reads into a ring what the table has beyond it.
async fn fill(bus: &Bus, db: &Db, channel: &Arc<Channel>, newest: i64) -> Result<(), DbError> {
    let ring = i64::try_from(limits::RING).unwrap_or(i64::MAX);
    while let Some(head) = channel.head().filter(|head| *head < newest) {
        if newest - head > ring {
            // The readers could not keep up with this either: they are closed and resume from the table.
            channel.restart(newest);
            bus.tell(channel);
            return Ok(());
        }
        let mut tx = db.read(Scope::Org(channel.org)).await?;
        let missed = store::event::after(&mut tx, channel.org, head, limits::REPLAY_PAGE).await?;
        drop(tx);
        if missed.is_empty() {
            return Ok(());
        }
        for event in missed {
            bus.fill(channel, event.seq, frame::event(&event));
        }
        yield_now().await;
    }
    Ok(())
}
