//! The connection to the daemon, as the header shows it.

use std::time::Duration;

use lotline_common::At;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Connecting,
    Live,
    Lost { retry_at: At },
}

#[derive(Debug, Clone, Copy)]
pub struct Link {
    pub state: State,
    /// Until when the screen is known to be true.
    pub fresh_at: At,
    /// Number of the last event applied.
    pub seq: Option<i64>,
    pub tries: u32,
    pub round_trip: Option<Duration>,
    /// The list has been fetched since the stream began.
    pub snapshot: bool,
}

impl Link {
    pub const fn new(now: At) -> Self {
        Self {
            state: State::Connecting,
            fresh_at: now,
            seq: None,
            tries: 0,
            round_trip: None,
            snapshot: false,
        }
    }

    pub const fn is_live(&self) -> bool {
        matches!(self.state, State::Live)
    }

    /// The last event applied, 0 before the first.
    pub fn asked(&self) -> i64 {
        self.seq.unwrap_or(0)
    }
}
