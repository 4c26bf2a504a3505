//! What this daemon is at.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lotline_common::JobId;

/// Jobs that run here. Their leases may run out while the database takes no writes, and are not freed by us. Cheap to
/// clone.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<HashSet<JobId>>>);

/// One of them, until it is dropped.
pub struct Run {
    running: Running,
    job: JobId,
}

impl Running {
    pub fn begin(&self, job: JobId) -> Run {
        self.lock().insert(job);
        Run { running: self.clone(), job }
    }

    pub(super) fn all(&self) -> Vec<JobId> {
        self.lock().iter().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<JobId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.running.lock().remove(&self.job);
    }
}
