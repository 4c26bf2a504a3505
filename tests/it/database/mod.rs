//! The database layer: what a commit holds, what it tells, and what may be opened.

mod commit;
mod migration;
mod open;
mod read;
