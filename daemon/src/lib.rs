//! The Lotline daemon.

pub mod clock;
pub mod config;
pub mod db;
pub mod directory;
pub mod domain;
pub mod error;
pub mod http;
pub mod limits;
pub mod port;
pub mod seal;
pub mod store;
pub mod tasks;
