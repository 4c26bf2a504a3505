//! One organization's ring and the seats around it.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Context,
};

use bytes::Bytes;
use prometheus_client::metrics::counter::Counter;
use slab::Slab;

use super::{
    Listening, Room, frame,
    ring::{Found, Ring, Taken},
    seat::{Cut, Seat},
};
use crate::{domain::organization::OrgKey, limits};

/// Seats that are woken or checked under one hold of the lock.
const SLICE: usize = 256;

/// What a listener gets when it looks.
pub(crate) enum Next {
    Bytes(Bytes),
    /// Nothing yet; it will be woken.
    Wait,
    /// What follows this number is in the table only, and it has not read from the ring yet.
    Replay(i64),
    /// It fell behind the ring.
    Behind,
    End,
}

/// Why nobody more may listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    Session,
    Organization,
}

pub(super) struct Channel {
    pub(super) org: OrgKey,
    state: Mutex<State>,
    /// Readers that were closed because they were too slow, at all channels.
    fell_behind: Counter,
}

#[derive(Default)]
struct State {
    ring: Ring,
    seats: Slab<Seat>,
    /// In the waker's queue already.
    dirty: bool,
}

impl Channel {
    pub(super) fn new(org: OrgKey, fell_behind: Counter) -> Self {
        Self { org, state: Mutex::default(), fell_behind }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a seat. `beat` is now; pings are spread over the seats.
    pub(super) fn sit(&self, who: Listening, cut: Cut, beat: u64, room: Room) -> Result<usize, Full> {
        let mut state = self.state();
        if state.seats.len() >= room.per_organization {
            return Err(Full::Organization);
        }
        let own = state.seats.iter().filter(|(_, seat)| seat.who.credential == who.credential);
        if own.count() >= room.per_session {
            return Err(Full::Session);
        }
        let entry = state.seats.vacant_entry();
        let key = entry.key();
        let every = limits::PING_BEATS;
        let phase = u64::try_from(key).unwrap_or(0) % every;
        // The first beat after now that belongs to this seat.
        let ping_at = beat + 1 + (phase + every - (beat + 1) % every) % every;
        entry.insert(Seat::new(who, cut, ping_at));
        Ok(key)
    }

    pub(super) fn leave(&self, key: usize) {
        self.state().seats.try_remove(key);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.seats() == 0
    }

    pub(super) fn seats(&self) -> usize {
        self.state().seats.len()
    }

    pub(super) fn frames(&self) -> usize {
        self.state().ring.len()
    }

    pub(super) fn begin(&self, seq: i64) -> Taken {
        self.state().ring.begin(seq)
    }

    pub(super) fn restart(&self, seq: i64) {
        self.state().ring.restart(seq);
    }

    pub(super) fn head(&self) -> Option<i64> {
        self.state().ring.head()
    }

    pub(super) fn put(&self, seq: i64, frame: Bytes) -> Taken {
        self.state().ring.put(seq, frame)
    }

    /// True for the first to ask since the last waking.
    pub(super) fn mark_dirty(&self) -> bool {
        !std::mem::replace(&mut self.state().dirty, true)
    }

    /// Places a seat's cursor behind `seq`; `whole` says that the table has no more for it. If the ring has what
    /// follows, the seat reads from there from now on, and the ring keeps it.
    pub(super) fn place(&self, key: usize, seq: i64, whole: bool) {
        let mut guard = self.state();
        let State { ring, seats, .. } = &mut *guard;
        if let Some(seat) = seats.get_mut(key) {
            seat.cursor = seq;
            seat.live |= whole && !ring.has_left(seq);
        }
    }

    /// Remembers whom to wake; true when the seat must go.
    pub(super) fn watch(&self, key: usize, cx: &Context<'_>) -> bool {
        let mut state = self.state();
        let Some(seat) = state.seats.get_mut(key) else {
            return true;
        };
        seat.watch(cx);
        seat.ended
    }

    /// What a seat gets next; it is parked when that is nothing.
    pub(super) fn next(&self, key: usize, cx: &Context<'_>, beat: u64) -> Next {
        let mut guard = self.state();
        let State { ring, seats, .. } = &mut *guard;
        let Some(seat) = seats.get_mut(key) else {
            return Next::End;
        };
        if seat.ended {
            return Next::End;
        }
        if beat >= seat.ping_at {
            seat.ping_at += limits::PING_BEATS * (1 + (beat - seat.ping_at) / limits::PING_BEATS);
            return Next::Bytes(Bytes::from_static(frame::PING));
        }
        match ring.after(seat.cursor) {
            Found::Frames { bytes, last } => {
                seat.live = true;
                seat.cursor = last;
                Next::Bytes(bytes)
            }
            Found::Nothing => {
                seat.live = true;
                seat.park(cx);
                Next::Wait
            }
            Found::Gone if seat.live => {
                self.fell_behind.inc();
                Next::Behind
            }
            Found::Gone => Next::Replay(seat.cursor),
        }
    }

    /// Wakes a slice of those who wait, beginning at seat `from`; where to go on.
    pub(super) fn wake(&self, from: usize) -> Option<usize> {
        let mut state = self.state();
        if from == 0 {
            state.dirty = false;
        }
        slice(&mut state.seats, from, Seat::wake)
    }

    /// One beat for a slice: pings that are due, and readers whose socket is stuck behind the ring.
    pub(super) fn beat(&self, from: usize, beat: u64) -> Option<usize> {
        let mut guard = self.state();
        let State { ring, seats, .. } = &mut *guard;
        slice(seats, from, |seat| {
            if seat.live && ring.has_left(seat.cursor) {
                tracing::info!(org = seat.who.org.number(), "a stream fell behind and is closed");
                self.fell_behind.inc();
                seat.sever();
            } else if beat >= seat.ping_at {
                seat.wake();
            }
        })
    }

    /// Frees what no live reader needs.
    pub(super) fn trim(&self) {
        let mut guard = self.state();
        let State { ring, seats, .. } = &mut *guard;
        ring.trim(seats.iter().filter(|(_, s)| s.live && !s.ended).map(|(_, s)| s.cursor).min());
    }

    pub(super) fn listening(&self, into: &mut HashSet<Listening>) {
        into.extend(self.state().seats.iter().map(|(_, seat)| seat.who));
    }

    /// Ends the seats of those who may no longer listen.
    pub(super) fn end(&self, gone: &HashSet<Listening>) {
        for (_, seat) in &mut self.state().seats {
            if gone.contains(&seat.who) {
                // Nothing more may reach them, not even what waits in a buffer.
                seat.sever();
            }
        }
    }

    pub(super) fn end_all(&self) {
        for (_, seat) in &mut self.state().seats {
            seat.end();
        }
    }

    pub(super) fn sever_all(&self) {
        for (_, seat) in &mut self.state().seats {
            seat.sever();
        }
    }
}

fn slice(seats: &mut Slab<Seat>, from: usize, mut each: impl FnMut(&mut Seat)) -> Option<usize> {
    let end = seats.capacity().min(from + SLICE);
    for key in from..end {
        if let Some(seat) = seats.get_mut(key) {
            each(seat);
        }
    }
    (end < seats.capacity()).then_some(end)
}
