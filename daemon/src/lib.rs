//! The Lotline daemon.

pub mod clock;
pub mod db;
pub mod domain;
pub mod error;
pub mod http;
pub mod limits;
pub mod port;
pub mod store;
pub mod tasks;
