//! What an organization uses of what it may use at once.

use serde::{Deserialize, Serialize};

/// What one daemon tells the others of an organization, once a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Requests since the last word.
    pub reads: u32,
    pub writes: u32,
    /// Streams open now.
    pub streams: u32,
}

impl Usage {
    pub const fn sum(self) -> u32 {
        self.reads.saturating_add(self.writes).saturating_add(self.streams)
    }
}
