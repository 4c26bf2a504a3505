//! A listener's hold on its seat.

use std::{sync::Arc, task::Context};

use super::{Bus, Next, channel::Channel};
use crate::domain::organization::OrgKey;

/// A seat at a channel. Dropping it gives the seat back.
pub(crate) struct Listener {
    bus: Bus,
    channel: Arc<Channel>,
    seat: usize,
}

impl Listener {
    pub(super) fn new(bus: Bus, channel: Arc<Channel>, seat: usize) -> Self {
        Self { bus, channel, seat }
    }

    pub(crate) fn org(&self) -> OrgKey {
        self.channel.org
    }

    /// Tells the ring, if it does not know, that `present` is the number of the newest event in the table.
    pub(crate) fn begin(&self, present: i64) {
        let taken = self.channel.begin(present);
        self.bus.react(&self.channel, taken);
    }

    /// The listener has everything up to `seq`; `whole`: and the table has no more.
    pub(crate) fn place(&self, seq: i64, whole: bool) {
        self.channel.place(self.seat, seq, whole);
    }

    /// Lets the bus wake (and cut) this task; true when the stream has to end.
    pub(crate) fn watch(&self, cx: &Context<'_>) -> bool {
        self.channel.watch(self.seat, cx) || self.bus.is_closed()
    }

    pub(crate) fn next(&self, cx: &Context<'_>) -> Next {
        let next = self.channel.next(self.seat, cx, self.bus.beat());
        // Closing may have passed this seat by before it was taken; it is parked now, so this look decides.
        if self.bus.is_closed() { Next::End } else { next }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.bus.leave(&self.channel, self.seat);
    }
}
