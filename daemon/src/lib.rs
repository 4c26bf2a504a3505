//! The Lotline daemon.

pub mod action;
pub mod app;
pub mod bus;
pub mod callback;
pub mod clock;
pub mod config;
pub mod db;
pub mod directory;
pub mod domain;
pub mod error;
pub mod http;
pub mod job;
pub mod limits;
pub mod pace;
pub mod port;
pub mod seal;
pub mod store;
pub mod tasks;
