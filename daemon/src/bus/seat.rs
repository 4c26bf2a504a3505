//! One listener's place: where its cursor stands, how to wake it, and why it must go.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Waker},
};

use super::Listening;

/// Ends a connection from outside: the way to be rid of a reader whose socket takes nothing any more.
///
/// Whoever cuts also wakes the connection's task, which looks here first.
#[derive(Debug, Clone, Default)]
pub struct Cut(Arc<AtomicBool>);

impl Cut {
    pub fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub fn is_cut(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A listener inside a channel.
pub(super) struct Seat {
    pub(super) who: Listening,
    /// Number of the last event it was given.
    pub(super) cursor: i64,
    /// It reads from the ring; from then on falling behind the ring ends it.
    pub(super) live: bool,
    pub(super) ping_at: u64,
    pub(super) ended: bool,
    pub(super) cut: Cut,
    waker: Option<Waker>,
    /// It waits for something new.
    parked: bool,
}

impl Seat {
    pub(super) fn new(who: Listening, cut: Cut, ping_at: u64) -> Self {
        Self { who, cursor: 0, live: false, ping_at, ended: false, cut, waker: None, parked: false }
    }

    /// Keeps the waker across polls: a task's own does not change.
    pub(super) fn watch(&mut self, cx: &Context<'_>) {
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }

    pub(super) fn park(&mut self, cx: &Context<'_>) {
        self.watch(cx);
        self.parked = true;
    }

    /// Wakes it if it waits; one that runs already will look by itself.
    pub(super) fn wake(&mut self) {
        if self.parked {
            self.parked = false;
            self.wake_anyway();
        }
    }

    pub(super) fn wake_anyway(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }

    /// Ends it at once, even when its socket is stuck.
    pub(super) fn sever(&mut self) {
        self.ended = true;
        self.cut.cut();
        self.wake_anyway();
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
        self.wake_anyway();
    }
}
