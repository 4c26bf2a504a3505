//! Handlers, one file per noun: extract, call, answer.

pub mod event;
pub mod health;
pub mod lead;
