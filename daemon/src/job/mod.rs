//! Durable work: claimed, run, retried, given up.

mod clock;
pub mod disk;
pub mod runner;
pub mod schedule;
