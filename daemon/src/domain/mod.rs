//! The rules: pure and synchronous. No I/O, no clock, no database, no HTTP.

pub mod account;
pub mod application;
pub mod attempt;
pub mod audit;
pub mod context;
pub mod delivery;
pub mod disclosure;
pub mod floor;
pub mod gate;
pub mod guardrail;
pub mod job;
pub mod keyword;
pub mod mention;
pub mod once;
pub mod organization;
pub mod outbox;
pub mod pace;
pub mod permission;
pub mod retention;
pub mod retry;
pub mod search;
pub mod seen;
pub mod silence;
pub mod usage;
pub mod variables;
