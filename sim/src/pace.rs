//! How slow the outside world is. Figures only; every wait in the simulator comes from here or from a fault.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Waits of the simulated vendors, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// Between two states of an outgoing text (`queued`, `sending`, `sent`, `delivered`).
    pub status_step_ms: u64,
    /// Shortest and longest time the agent thinks before it answers.
    pub thinking_ms: (u64, u64),
    /// Between two pings on a conversation.
    pub ping_every_ms: u64,
    /// A ping unanswered for this long ends the conversation with 1002.
    pub pong_within_ms: u64,
    /// A conversation without input ends with 1002 after this; the vendor's figure is 60 s.
    pub receive_timeout_ms: u64,
    /// The longest a webhook may take before the carrier gives up; the vendor's figure is 15 s.
    pub webhook_ms: u64,
}

impl Pace {
    /// No artificial waits: for tests.
    pub const fn instant() -> Self {
        Self { status_step_ms: 1, thinking_ms: (0, 2), ..Self::lifelike() }
    }

    /// Visible but quick: for a demonstration.
    pub const fn quick() -> Self {
        Self { status_step_ms: 250, thinking_ms: (300, 900), ..Self::lifelike() }
    }

    /// As the vendors behave on a good day.
    pub const fn lifelike() -> Self {
        Self {
            status_step_ms: 900,
            thinking_ms: (1_200, 3_500),
            ping_every_ms: 2_000,
            pong_within_ms: 8_000,
            receive_timeout_ms: 60_000,
            webhook_ms: 15_000,
        }
    }

    pub(crate) const fn status_step(&self) -> Duration {
        Duration::from_millis(self.status_step_ms)
    }

    pub(crate) const fn webhook(&self) -> Duration {
        Duration::from_millis(self.webhook_ms)
    }

    pub(crate) const fn ping_every(&self) -> Duration {
        // An interval of zero is refused by the timer.
        Duration::from_millis(if self.ping_every_ms == 0 { 1 } else { self.ping_every_ms })
    }

    pub(crate) const fn pong_within(&self) -> Duration {
        Duration::from_millis(self.pong_within_ms)
    }

    pub(crate) const fn receive_timeout(&self) -> Duration {
        Duration::from_millis(self.receive_timeout_ms)
    }

    /// A thinking time drawn with `rng`.
    pub(crate) fn thinking(&self, rng: &mut fastrand::Rng) -> Duration {
        let (short, long) = self.thinking_ms;
        Duration::from_millis(rng.u64(short..=long.max(short)))
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::lifelike()
    }
}
