//! Durable work: claimed, run, retried, given up.

mod clock;
pub mod runner;
pub mod schedule;
