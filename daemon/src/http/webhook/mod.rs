//! Calls from vendors: raw body, signature, action. Nothing is written before the signature is known to be right.

pub mod twilio;
