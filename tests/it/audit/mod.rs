//! Who did or read what: the log, its chain, and who may look.

mod chain;
mod command;
mod log;
