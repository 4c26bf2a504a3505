//! Bytes in, actions, bytes out. No rule lives here.

pub mod auth;
pub mod client_address;
pub mod extract;
pub mod route;
pub mod standing;
pub mod throttle;
pub mod token;
