//! The only place that spawns. Every task is counted, and the process ends when they have.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Spawns tasks and ends them. Cheap to clone.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    /// Work that must outlive the stop signal, such as the database writer, which is told separately.
    last: TaskTracker,
    stop: CancellationToken,
    failure: Arc<OnceLock<String>>,
}

impl Tasks {
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when the process should stop.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stop
    }

    /// Stops the process because it must not go on; the first reason is the one that is told.
    pub fn fail(&self, why: String) {
        if self.failure.set(why).is_ok() {
            self.stop.cancel();
        }
    }

    /// Why the process must not go on, if so.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// A task that finishes by itself; a stop waits for it.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tracker.spawn(future)
    }

    /// A loop that ends where it stands when the process stops.
    pub fn spawn_until_stop<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = self.stop.clone();
        self.tracker.spawn(async move { stop.run_until_cancelled(future).await });
    }

    /// A task that serves the others and is ended after them, by its own inbox.
    pub fn spawn_to_the_end<F>(&self, future: F) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.last.spawn(future)
    }

    /// Tells everybody to stop and waits until they have, or until `patience` is at its end: whatever is durable goes
    /// on elsewhere or at the next start. What then still runs ends with the process.
    pub async fn drain(&self, patience: Duration) {
        self.stop.cancel();
        self.tracker.close();
        if tokio::time::timeout(patience, self.tracker.wait()).await.is_err() {
            tracing::warn!(
                tasks = self.tracker.len(),
                "stopping in the middle of work; it is taken up again"
            );
        }
    }
}
