//! Durable work: claimed, run, retried, given up.

pub mod runner;
pub mod schedule;
