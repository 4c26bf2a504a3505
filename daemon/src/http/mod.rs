//! Bytes in, actions, bytes out. No rule lives here.

pub mod answer;
pub mod auth;
pub mod client_address;
mod connection;
pub mod cursor;
mod envelope;
pub mod extract;
pub mod openapi;
mod patience;
pub mod route;
pub mod router;
pub mod server;
pub mod sse;
pub mod standing;
pub mod throttle;
pub mod token;
pub mod webhook;
