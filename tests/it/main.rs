//! The contract and the flows, through real daemons, real databases and real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
mod support;

mod account;
mod command_line;
mod directory;
