//! Bytes in, actions, bytes out. No rule lives here.

mod again;
pub mod answer;
pub mod auth;
mod browser;
mod bucket;
pub mod client_address;
mod connection;
pub mod cursor;
mod demand;
mod envelope;
pub mod extract;
mod host;
pub mod once;
pub mod openapi;
mod patience;
mod precondition;
pub mod rate;
pub mod route;
pub mod router;
pub mod server;
pub mod share;
pub mod sse;
pub mod standing;
pub mod tls;
pub mod token;
mod unread;
pub mod webhook;
