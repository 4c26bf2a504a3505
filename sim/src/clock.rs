//! The one place that reads the wall clock. Nothing here decides anything.

use jiff::Timestamp;

/// Microseconds since 1970, UTC: the unit of every `*_at_us` in the ledger.
pub(crate) fn now_us() -> i64 {
    now().as_microsecond()
}

/// The current moment, for the dates the vendors print.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place of the simulator that reads the wall clock"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
