//! A mutex that cannot be poisoned: a panic in one connection must not silence the whole simulator.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// State behind a lock that is held for a few lines and never across an `await`.
#[derive(Debug, Default)]
pub(crate) struct Shared<T>(Mutex<T>);

impl<T> Shared<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
