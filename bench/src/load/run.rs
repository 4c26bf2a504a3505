//! What a load came to.

use std::time::Duration;

use crate::{
    measure::{self, Latencies},
    report::{Load, Row},
};

pub(crate) struct Run {
    /// Answered from first to last.
    pub(crate) total: usize,
    pub(super) took: Duration,
    pub(super) cpu: Duration,
    /// Of those answered while it was measured.
    pub(crate) latencies: Latencies,
    /// MiB at its end.
    pub(super) resident: f64,
}

impl Run {
    /// The daemon's processor time for one operation.
    pub(crate) fn cpu_micros(&self) -> f64 {
        measure::micros(self.cpu, self.latencies.len())
    }

    pub(crate) fn per_second(&self) -> f64 {
        measure::count(self.latencies.len()) / self.took.as_secs_f64()
    }

    pub(crate) fn load(&mut self) -> Load {
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| self.latencies.millis(share));
        Load { per_second: self.per_second(), p50, p95, p99, resident: self.resident }
    }

    /// The row of its processor time.
    pub(crate) fn row(&mut self, what: impl Into<String>) -> Row {
        Row::new(what, self.cpu_micros(), "µs CPU").load(self.load())
    }
}
