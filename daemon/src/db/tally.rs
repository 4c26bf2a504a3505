//! How often a database is asked, counted.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// How often the database was asked since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    pub transactions: u64,
    pub statements: u64,
    /// Answers that were waited for: of the statements, and of what begins and commits their transactions.
    pub round_trips: u64,
}

/// Cheap to clone; clones count together.
#[derive(Clone, Default)]
pub(super) struct Tally(Arc<Counts>);

#[derive(Default)]
struct Counts {
    transactions: AtomicU64,
    statements: AtomicU64,
    /// Apart from the statements.
    round_trips: AtomicU64,
}

impl Tally {
    pub(super) fn transaction(&self) {
        self.0.transactions.fetch_add(1, Relaxed);
    }

    pub(super) fn statement(&self) {
        self.0.statements.fetch_add(1, Relaxed);
    }

    pub(super) fn round_trip(&self) {
        self.0.round_trips.fetch_add(1, Relaxed);
    }

    pub(super) fn asked(&self) -> Asked {
        let statements = self.0.statements.load(Relaxed);
        Asked {
            transactions: self.0.transactions.load(Relaxed),
            statements,
            round_trips: statements + self.0.round_trips.load(Relaxed),
        }
    }
}
