//! The rules: pure and synchronous. No I/O, no clock, no database, no HTTP.

pub mod organization;
pub mod permission;
pub mod search;
