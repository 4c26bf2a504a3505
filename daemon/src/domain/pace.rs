//! How fast an own number may send, so that a long code's queue at the carrier never overflows.

use std::time::Duration;

/// Segments a number may send at once after a pause.
const BURST: u32 = 10;

/// What a message takes of its number's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The number is busy for so much longer.
    pub takes: Duration,
    /// It may be busy until so far ahead of now, and the message still leaves.
    pub ahead: Duration,
}

/// The share of a message of `segments` from a number that sends `per_second` of them. A longer message than a burst
/// leaves when the number has rested.
pub fn share(per_second: usize, segments: i64) -> Share {
    let per_second = u32::try_from(per_second.max(1)).unwrap_or(u32::MAX);
    let segments = u32::try_from(segments.max(1)).unwrap_or(u32::MAX).min(BURST);
    let each = Duration::from_secs(1) / per_second;
    Share { takes: each * segments, ahead: each * (BURST - segments) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_leaves_at_once_and_a_long_message_when_the_number_has_rested() {
        let (short, long) = (share(2, 1), share(2, 40));
        assert_eq!((short.takes, short.ahead), (Duration::from_millis(500), Duration::from_millis(4_500)));
        assert_eq!((long.takes, long.ahead), (Duration::from_secs(5), Duration::ZERO));
    }
}
