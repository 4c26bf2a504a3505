//! What tests stand on: fresh databases, rows, a real server and a reader of its streams.

pub mod db;
pub mod reader;
pub mod seed;
pub mod server;
