//! What time it is: the system's, or one that a test moves.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use lotline_common::At;

/// A clock. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    pub fn system() -> Self {
        Self::default()
    }

    /// Stands at `at` until it is set.
    pub fn fixed(at: At) -> Self {
        Self { fixed: Some(Arc::new(AtomicI64::new(at.micros()))) }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    pub fn now(&self) -> At {
        match &self.fixed {
            Some(micros) => At::from_micros(micros.load(Ordering::Relaxed)),
            None => jiff::Timestamp::now().into(),
        }
    }

    /// Moves a fixed clock; the system's cannot be moved.
    pub fn set(&self, at: At) {
        if let Some(micros) = &self.fixed {
            micros.store(at.micros(), Ordering::Relaxed);
        }
    }
}
