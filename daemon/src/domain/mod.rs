//! The rules: pure and synchronous. No I/O, no clock, no database, no HTTP.

pub mod account;
pub mod organization;
pub mod permission;
