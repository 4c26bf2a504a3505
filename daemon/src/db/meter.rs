//! What is measured of queues and commits, once per batch and never per row.

use std::time::Duration;

use prometheus_client::metrics::histogram::Histogram;

/// Seconds, from a commit on a fast disk to one behind a lock.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const SIZES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// How long the oldest of each batch waited, and how many it was. Clones measure together.
#[derive(Debug, Clone)]
pub struct QueueMeter {
    pub wait_seconds: Histogram,
    pub batch: Histogram,
}

impl Default for QueueMeter {
    fn default() -> Self {
        Self { wait_seconds: Histogram::new(SECONDS), batch: Histogram::new(SIZES) }
    }
}

impl QueueMeter {
    pub(super) fn taken(&self, waited: Option<Duration>, size: usize) {
        self.wait_seconds.observe(waited.unwrap_or_default().as_secs_f64());
        self.batch.observe(u32::try_from(size).map_or(f64::INFINITY, f64::from));
    }
}

/// Commits of a database: on SQLite the writer's, whose queue is measured too. Clones measure together.
#[derive(Debug, Clone)]
pub struct Meter {
    pub writes: QueueMeter,
    pub commit_seconds: Histogram,
}

impl Default for Meter {
    fn default() -> Self {
        Self { writes: QueueMeter::default(), commit_seconds: Histogram::new(SECONDS) }
    }
}

/// How a pool of connections stands.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    pub open: u32,
    pub idle: u32,
}
