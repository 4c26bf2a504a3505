//! When to try again, and how much of what is sent may be tries again.

use std::time::Duration;

use lotline_common::At;

/// Waits that double, capped.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
}

/// Of jobs, messages and breakers.
pub const WORK: Backoff = Backoff { first: Duration::from_secs(5), longest: Duration::from_mins(15) };
/// Of a question to an agent: a customer waits for the answer.
pub const QUESTION: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(10) };

impl Backoff {
    /// Wait before attempt `attempts + 1`. `jitter` in 0..=1 spreads it over 80 to 120 percent.
    pub fn wait(self, attempts: i64, jitter: f64) -> Duration {
        let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
        let wait = self.first.saturating_mul(1 << doublings).min(self.longest);
        wait.mul_f64(0.8 + 0.4 * jitter.clamp(0.0, 1.0))
    }
}

/// First tries that earn one try again.
const PER_RETRY: f64 = 10.0;
/// Tries again that may be made at once, however little was sent before.
const AT_ONCE: f64 = 10.0;
/// Where next to nothing is sent, one is earned in this time all the same: the pace of one ordinary number. Less, and a
/// burst of lost answers would be told too late to be sent at all.
const AT_LEAST: Duration = Duration::from_secs(1);

/// Keeps tries again to a tenth of the first tries, so that a vendor in trouble does not get more of it from us.
#[derive(Debug, Clone)]
pub struct Budget {
    left: f64,
    at: At,
}

impl Budget {
    pub fn new(now: At) -> Self {
        Self { left: AT_ONCE, at: now }
    }

    /// Something is sent for the first time.
    pub fn earn(&mut self) {
        self.left = (self.left + 1.0 / PER_RETRY).min(AT_ONCE);
    }

    /// May something be sent again now? Otherwise, when to ask again.
    pub fn take(&mut self, now: At) -> Result<(), Duration> {
        let earned = now.since(self.at).as_secs_f64() / AT_LEAST.as_secs_f64();
        (self.left, self.at) = ((self.left + earned).min(AT_ONCE), now);
        if self.left < 1.0 {
            return Err(AT_LEAST);
        }
        self.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_and_is_capped() {
        assert_eq!(WORK.wait(1, 0.5), Duration::from_secs(5));
        assert_eq!(WORK.wait(2, 0.5), Duration::from_secs(10));
        assert_eq!(WORK.wait(1_000, 1.0), WORK.longest.mul_f64(1.2));
        assert!(WORK.wait(3, 0.0) < WORK.wait(3, 1.0));
    }

    /// A carrier that fails everything is asked for a tenth more than it would be anyway, not for many times more.
    #[test]
    fn a_tenth_of_what_is_sent_may_be_sent_again() {
        let now = At::from_micros(0);
        let mut budget = Budget::new(now);
        let mut again = 0;
        for _ in 0..1_000 {
            budget.earn();
            while budget.take(now).is_ok() {
                again += 1;
            }
        }
        assert!((100..=110).contains(&again), "{again}");
        assert!(budget.take(now + AT_LEAST).is_ok(), "a quiet desk is not stuck for ever");
        assert!(budget.take(now + AT_LEAST).is_err());
    }
}
