//! The simulator as its users see it: over sockets, through its public interface.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests have no daemon to count their tasks")]

mod carrier;
mod conversation;
mod desk;
mod faults;
mod remote;
mod shoppers;
