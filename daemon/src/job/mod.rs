//! Durable work: claimed, run, retried, given up.

mod clock;
pub mod disk;
pub mod runner;
mod running;
pub mod schedule;

pub use running::Running;
