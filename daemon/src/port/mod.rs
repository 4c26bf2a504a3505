//! The outside world: carriers and AI agents. The only place that speaks their protocols. No database, no rule.

pub mod agent;
pub mod carrier;
mod meter;

pub use meter::{Measured, VendorMeter};
