//! Durable work: claimed, run, retried, given up.

pub mod disk;
pub mod runner;
pub mod schedule;
