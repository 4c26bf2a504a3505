//! Twilio: webhooks in, messages out. Facts: Twilio's OpenAPI and its official libraries' own tests.

pub mod form;
mod send;
pub mod signature;

pub use send::Twilio;
