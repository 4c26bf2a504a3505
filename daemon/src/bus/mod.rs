//! From a commit to every stream of its organization.
//!
//! Rings are kept only for organizations that somebody listens to. What this process commits arrives by
//! [`Bus::publish`]; what others commit is found in the table by `watch`. Nothing here decides who may listen.

mod channel;
mod elsewhere;
pub(crate) mod frame;
mod listener;
mod ring;
mod seat;
mod standing;
mod watch;

use std::{
    collections::{HashMap, hash_map},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use lotline_common::event::Event;
use prometheus_client::metrics::counter::Counter;
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

pub use channel::Full;
pub(crate) use channel::Next;
pub(crate) use listener::Listener;
pub use seat::Cut;
pub use standing::{Listening, Standing};

use crate::{
    db::{Committed, Db},
    domain::organization::OrgKey,
    limits,
    tasks::Tasks,
};
use channel::Channel;
use elsewhere::Elsewhere;
use ring::Taken;

/// The streams of this process. Cheap to clone.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

/// How many streams may be open at once.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    pub per_session: usize,
    /// At all daemons together.
    pub per_organization: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { per_session: limits::STREAMS_PER_SESSION, per_organization: limits::STREAMS_PER_ORGANIZATION }
    }
}

struct Inner {
    room: Room,
    channels: RwLock<HashMap<OrgKey, Arc<Channel>>>,
    elsewhere: Elsewhere,
    /// Channels with something new, for the task that wakes their listeners.
    dirty: Mutex<Vec<Arc<Channel>>>,
    news: Notify,
    /// A predecessor is missing: the table is read soon.
    gap: Notify,
    /// Seconds, roughly, since the start.
    beat: AtomicU64,
    closed: AtomicBool,
    /// A herd that comes back at once must not take every database connection.
    replays: Arc<Semaphore>,
    fell_behind: Counter,
}

impl Default for Bus {
    fn default() -> Self {
        Self::new(Room::default())
    }
}

impl Bus {
    /// A bus to hand to the database's commit listener; [`Bus::start`] sets it going.
    pub fn new(room: Room) -> Self {
        Self(Arc::new(Inner {
            room,
            channels: RwLock::default(),
            elsewhere: Elsewhere::default(),
            dirty: Mutex::default(),
            news: Notify::new(),
            gap: Notify::new(),
            beat: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            replays: Arc::new(Semaphore::new(limits::REPLAYS_AT_ONCE)),
            fell_behind: Counter::default(),
        }))
    }

    /// Starts the tasks behind the streams. `beat` is one second, or less where a test cannot wait.
    pub fn start(&self, db: &Db, standing: Arc<dyn Standing>, beat: Duration, tasks: &Tasks) {
        tasks.spawn_until_stop(watch::wake(self.clone()));
        tasks.spawn_until_stop(watch::beats(self.clone(), beat));
        tasks.spawn_until_stop(watch::table(self.clone(), db.clone(), standing, beat));
        let (bus, stop) = (self.clone(), tasks.stopping().clone());
        tasks.spawn(async move {
            stop.cancelled().await;
            watch::end(bus).await;
        });
    }

    /// For the commit listener: shows the events of a commit, ignores the rest.
    pub fn hear(&self, committed: &[Committed]) {
        for fact in committed {
            if let Committed::Event(org, event) = fact {
                self.publish(*org, event);
            }
        }
    }

    /// Shows a committed event to the organization's streams, in the order of numbers whatever the order of calls.
    pub fn publish(&self, org: OrgKey, event: &Event) {
        if let Some(channel) = self.channel(org) {
            self.put(&channel, event);
        }
    }

    fn put(&self, channel: &Arc<Channel>, event: &Event) {
        let taken = channel.put(event.seq, frame::event(event));
        self.react(channel, taken);
    }

    fn react(&self, channel: &Arc<Channel>, taken: Taken) {
        match taken {
            Taken::Quiet => {}
            Taken::Gap => self.0.gap.notify_one(),
            Taken::Readable => self.tell(channel),
        }
    }

    /// Another daemon appended events of that organization, or of any: the table is read soon if somebody listens.
    pub fn look(&self, org: Option<OrgKey>) {
        if org.is_none_or(|org| self.channel(org).is_some()) {
            self.0.gap.notify_one();
        }
    }

    /// Has a channel's listeners woken.
    fn tell(&self, channel: &Arc<Channel>) {
        if channel.mark_dirty() {
            let mut dirty = self.0.dirty.lock().unwrap_or_else(PoisonError::into_inner);
            dirty.push(channel.clone());
            drop(dirty);
            self.0.news.notify_one();
        }
    }

    fn channel(&self, org: OrgKey) -> Option<Arc<Channel>> {
        let channels = self.0.channels.read().unwrap_or_else(PoisonError::into_inner);
        channels.get(&org).cloned()
    }

    fn channels(&self) -> Vec<Arc<Channel>> {
        let channels = self.0.channels.read().unwrap_or_else(PoisonError::into_inner);
        channels.values().cloned().collect()
    }

    /// Takes a seat. From here on no event of the organization is missed; read the table afterwards.
    pub(crate) fn subscribe(&self, who: Listening, cut: Cut) -> Result<Listener, Full> {
        let mut channels = self.0.channels.write().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Channel::new(who.org, self.0.fell_behind.clone()));
        let channel = channels.entry(who.org).or_insert_with(new).clone();
        let seat = channel.sit(who, cut, self.beat(), self.room(who.org));
        drop(channels);
        Ok(Listener::new(self.clone(), channel, seat?))
    }

    /// What is left of the organization's room at this daemon.
    fn room(&self, org: OrgKey) -> Room {
        let taken = self.0.elsewhere.streams(org, self.beat());
        Room { per_organization: self.0.room.per_organization.saturating_sub(taken), ..self.0.room }
    }

    /// An organization has so many streams at another daemon.
    pub fn note_elsewhere(&self, org: OrgKey, node: Uuid, streams: u32) {
        self.0.elsewhere.note(org, node, streams, self.beat());
    }

    /// Streams open here, of organizations that have more than `1 / part` of what they may.
    pub fn used(&self, part: usize) -> Vec<(OrgKey, u32)> {
        let told = self.0.room.per_organization / part;
        let seats = |channel: &Arc<Channel>| Some(channel.seats()).filter(|seats| *seats > told);
        let open = self.channels().into_iter().filter_map(|channel| Some((channel.org, seats(&channel)?)));
        open.map(|(org, seats)| (org, u32::try_from(seats).unwrap_or(u32::MAX))).collect()
    }

    /// Gives a seat back; the last one takes the ring with it.
    fn leave(&self, channel: &Arc<Channel>, seat: usize) {
        channel.leave(seat);
        let mut channels = self.0.channels.write().unwrap_or_else(PoisonError::into_inner);
        if let hash_map::Entry::Occupied(entry) = channels.entry(channel.org)
            && Arc::ptr_eq(entry.get(), channel)
            && channel.is_empty()
        {
            entry.remove();
        }
    }

    fn beat(&self) -> u64 {
        self.0.beat.load(Ordering::Relaxed)
    }

    fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }

    /// Ends every stream.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        for channel in self.channels() {
            channel.end_all();
        }
    }

    /// Ends those that take nothing any more, not even their end.
    fn sever(&self) {
        for channel in self.channels() {
            channel.sever_all();
        }
    }

    /// Streams now open.
    pub fn streams(&self) -> usize {
        self.channels().iter().map(|channel| channel.seats()).sum()
    }

    /// Streams closed so far because their reader was too slow.
    pub fn fell_behind(&self) -> &Counter {
        &self.0.fell_behind
    }

    /// Organizations with a ring.
    pub fn organizations(&self) -> usize {
        self.channels().len()
    }

    /// Frames kept for organizations with streams.
    pub fn frames(&self) -> usize {
        self.channels().iter().map(|channel| channel.frames()).sum()
    }

    pub(crate) fn replays(&self) -> Arc<Semaphore> {
        self.0.replays.clone()
    }

    fn take_dirty(&self) -> Vec<Arc<Channel>> {
        let mut dirty = self.0.dirty.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *dirty)
    }

    /// A frame from the table; the same rules hold.
    fn fill(&self, channel: &Arc<Channel>, seq: i64, frame: Bytes) {
        let taken = channel.put(seq, frame);
        if taken == Taken::Readable {
            self.tell(channel);
        }
    }
}
