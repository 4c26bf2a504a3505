//! Bytes in, actions, bytes out. No rule lives here.

pub mod extract;
