//! Latencies and what a process has used, as the kernel counts it.

use std::{fs, io, time::Duration};

use rustix::time::{ClockId, clock_gettime};

use crate::Result;

/// Latencies of a run.
#[derive(Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn push(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds below which `share` of them are.
    pub(crate) fn millis(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let index = (count(self.0.len()) * share).ceil();
        let found = self.0.iter().enumerate().find(|(n, _)| count(n + 1) >= index);
        found.map_or(f64::NAN, |(_, latency)| latency.as_secs_f64() * 1000.0)
    }
}

/// Counts here stay far below what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "below 2^52")]
pub(crate) fn count(n: usize) -> f64 {
    n as f64
}

pub(crate) fn micros(time: Duration, operations: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count(operations.max(1))
}

/// Our own time on a processor: of this thread, or of the whole process.
pub(crate) fn own(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// Time on a processor, of all threads that another process has had.
pub(crate) fn cpu(process: &str) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: Vec<u64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    let [user, system] = ticks[..] else { return Err(io::Error::other("no times in /proc/PID/stat").into()) };
    let per_second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_millis((user + system) * 1000 / per_second))
}

/// Resident now, and at most so far; MiB.
pub(crate) fn resident(process: &str) -> Result<(f64, f64)> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let found = field("VmRSS:").zip(field("VmHWM:"));
    let (now, most) = found.ok_or_else(|| io::Error::other("no sizes in /proc/PID/status"))?;
    Ok((now / 1024.0, most / 1024.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A percentile that is off by one hides the request that hung.
    #[test]
    fn percentiles_are_those_of_the_sorted_list() {
        let mut latencies = Latencies::default();
        for n in (1..=100).rev() {
            latencies.push(Duration::from_millis(n));
        }
        let found = [0.5, 0.95, 0.99, 1.0].map(|share| format!("{:.0}", latencies.millis(share)));
        assert_eq!(found, ["50", "95", "99", "100"]);
    }
}
