//! The rules: pure and synchronous. No I/O, no clock, no database, no HTTP.

pub mod account;
pub mod context;
pub mod delivery;
pub mod disclosure;
pub mod floor;
pub mod gate;
pub mod guardrail;
pub mod job;
pub mod keyword;
pub mod mention;
pub mod organization;
pub mod pace;
pub mod permission;
pub mod retry;
pub mod search;
pub mod variables;
