//! Who is found by name, number or word: indexes that follow the event log, and what a search asks of them.
//!
//! Whatever an operator searches is told by an event, so the log says what is new. A name is found by how its words
//! begin, a phone number by digits in a row; only if nobody is, by what stands within a word. SQLite has an index (FTS5)
//! of words and their beginnings, one of trigrams and one of the words of messages; PostgreSQL has `pg_trgm` and
//! `tsvector`.

mod ask;
mod follow;
mod gather;

pub(super) use ask::found;
pub use follow::{advance, behind, forget, forget_before};
pub use gather::{Index, gather};
