//! The Lotline daemon.

pub mod app;
pub mod bus;
pub mod clock;
pub mod db;
pub mod domain;
pub mod error;
pub mod http;
pub mod limits;
pub mod store;
pub mod tasks;
