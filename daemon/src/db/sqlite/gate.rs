//! May anything be written to the file at this moment?

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use crate::db::DbError;

const OPEN: u8 = 0;
const FULL: u8 = 1;
const LOST: u8 = 2;

/// Closed while the disk is full; for ever once the file or its disk cannot be trusted. Cheap to clone.
#[derive(Clone, Default)]
pub(in crate::db) struct Gate(Arc<AtomicU8>);

impl Gate {
    pub(in crate::db) fn check(&self) -> Result<(), DbError> {
        match self.0.load(Ordering::Acquire) {
            OPEN => Ok(()),
            FULL => Err(DbError::Full),
            _ => Err(DbError::Stopped),
        }
    }

    pub(in crate::db) fn is_full(&self) -> bool {
        self.0.load(Ordering::Acquire) == FULL
    }

    pub(in crate::db) fn is_lost(&self) -> bool {
        self.0.load(Ordering::Acquire) == LOST
    }

    pub(in crate::db) fn fill(&self) {
        self.change(OPEN, FULL);
    }

    pub(in crate::db) fn reopen(&self) {
        self.change(FULL, OPEN);
    }

    pub(in crate::db) fn lose(&self) {
        self.0.store(LOST, Ordering::Release);
    }

    /// Not from a state that it has left: what is lost stays so.
    fn change(&self, from: u8, to: u8) {
        self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that was replaced must not be written to because the disk has room again.
    #[test]
    fn what_is_lost_is_not_opened_again() {
        let gate = Gate::default();
        gate.fill();
        assert!(matches!(gate.check(), Err(DbError::Full)));
        gate.reopen();
        assert!(gate.check().is_ok());
        gate.lose();
        gate.fill();
        gate.reopen();
        assert!(gate.is_lost() && matches!(gate.check(), Err(DbError::Stopped)));
    }
}
