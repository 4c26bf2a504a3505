//! A breaker: a vendor that fails an organization is left alone for a while, then asked by one request.
//!
//! Closed, open, half-open; the pure rule. Where it stands is a row, so that all daemons leave the vendor alone together
//! and one probe goes out for all of them.

use std::time::Duration;

use lotline_common::{At, api::alarm::AlarmKind};

use super::retry::WORK;

/// Failures in a row that open it.
const FAILURES: i64 = 5;
/// A probe that was not heard of again by then is lost, and another goes out.
const PROBE_TIME: Duration = Duration::from_secs(60);
/// Refused credentials are tried again this often: an account may be mended at the vendor.
const CREDENTIALS_PAUSE: Duration = Duration::from_mins(5);
/// Longest pause that a vendor may ask for.
const RETRY_AFTER: Duration = Duration::from_mins(15);

/// Who can fail an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    Carrier,
    Agent,
}

impl Vendor {
    pub const ALL: [Self; 2] = [Self::Carrier, Self::Agent];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Carrier => "carrier",
            Self::Agent => "agent",
        }
    }

    /// Every alarm that this vendor can cause.
    pub const fn alarms(self) -> &'static [AlarmKind] {
        match self {
            Self::Carrier => &[AlarmKind::CarrierCredentials, AlarmKind::CarrierUnreachable],
            Self::Agent => &[AlarmKind::AgentUnreachable],
        }
    }
}

/// What a request told of the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It answered, be it with a no.
    Answered,
    /// No answer, an error of its own, or too much at once; with its own word on when to come back.
    Failed { retry_after: Option<Duration> },
    /// It does not accept the credentials.
    Refused,
}

/// May a request go out?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    Go,
    /// The one that finds out whether the vendor is back.
    Probe,
    Wait(Duration),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// In a row.
    pub failures: i64,
    /// In a row, without a success between them; 0 while closed.
    pub openings: i64,
    pub refused: bool,
    pub probing: bool,
    pub until: At,
}

impl Breaker {
    pub const CLOSED: Self =
        Self { failures: 0, openings: 0, refused: false, probing: false, until: At::from_micros(0) };

    pub const fn is_open(&self) -> bool {
        self.openings > 0
    }

    /// Nobody has complained of the vendor.
    pub fn is_healthy(&self) -> bool {
        *self == Self::CLOSED
    }

    /// What people must know of. A vendor that only asks for a pause is not in trouble.
    pub const fn alarm(&self, vendor: Vendor) -> Option<AlarmKind> {
        match (vendor, self.refused) {
            _ if !self.is_open() => None,
            (Vendor::Carrier, true) => Some(AlarmKind::CarrierCredentials),
            (Vendor::Agent, true) => Some(AlarmKind::AgentUnreachable),
            _ if self.failures < FAILURES => None,
            (Vendor::Carrier, false) => Some(AlarmKind::CarrierUnreachable),
            (Vendor::Agent, false) => Some(AlarmKind::AgentUnreachable),
        }
    }

    /// May a request go out now? Asked before something else is taken for it.
    pub fn would_admit(mut self, now: At) -> Admission {
        self.admit(now)
    }

    /// The same in the transaction that begins it: a probe is taken.
    pub fn admit(&mut self, now: At) -> Admission {
        if !self.is_open() {
            return Admission::Go;
        }
        if now < self.until {
            return Admission::Wait(self.until.since(now));
        }
        // A probe that is never heard of again gives way to another.
        (self.probing, self.until) = (true, now + PROBE_TIME);
        Admission::Probe
    }

    pub fn hear(&mut self, heard: Heard, now: At, jitter: f64) {
        match heard {
            Heard::Answered => *self = Self::CLOSED,
            Heard::Refused => {
                self.refused = true;
                self.open(now + CREDENTIALS_PAUSE);
            }
            Heard::Failed { retry_after } => {
                self.failures += 1;
                let asked = retry_after.map(|wait| now + wait.min(RETRY_AFTER));
                if self.is_open() && !self.probing {
                    // It left before the breaker opened.
                    self.until = self.until.max(asked.unwrap_or(self.until));
                } else if self.is_open() || asked.is_some() || self.failures >= FAILURES {
                    self.refused = false;
                    self.open(asked.unwrap_or(now + WORK.wait(self.openings + 1, jitter)));
                }
            }
        }
    }

    fn open(&mut self, until: At) {
        self.openings += 1;
        (self.probing, self.until) = (false, until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: Heard = Heard::Failed { retry_after: None };

    fn at(seconds: i64) -> At {
        At::from_micros(seconds * 1_000_000)
    }

    fn failing(times: i64) -> Breaker {
        let mut breaker = Breaker::CLOSED;
        (0..times).for_each(|_| breaker.hear(FAILED, at(0), 0.5));
        breaker
    }

    /// A single hiccup must hold up nobody.
    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_with_one_success() {
        let mut breaker = failing(FAILURES - 1);
        assert_eq!((breaker.admit(at(0)), breaker.alarm(Vendor::Carrier)), (Admission::Go, None));
        breaker.hear(Heard::Answered, at(0), 0.5);
        assert_eq!(breaker, Breaker::CLOSED);
        let mut breaker = failing(FAILURES);
        assert_eq!(breaker.alarm(Vendor::Carrier), Some(AlarmKind::CarrierUnreachable));
        assert_eq!(breaker.admit(at(1)), Admission::Wait(Duration::from_secs(4)));
        assert_eq!(breaker.admit(at(5)), Admission::Probe);
        breaker.hear(Heard::Answered, at(6), 0.5);
        assert_eq!(breaker.admit(at(6)), Admission::Go);
    }

    /// A vendor that comes back under the load that felled it falls again.
    #[test]
    fn one_probe_at_a_time_and_each_failed_one_doubles_the_wait() {
        let mut breaker = failing(FAILURES);
        assert_eq!(breaker.admit(at(5)), Admission::Probe);
        assert_eq!(breaker.admit(at(6)), Admission::Wait((at(5) + PROBE_TIME).since(at(6))));
        breaker.hear(FAILED, at(7), 0.5);
        assert_eq!(breaker.admit(at(7)), Admission::Wait(Duration::from_secs(10)));
        breaker.hear(FAILED, at(8), 0.5);
        assert_eq!(breaker.until, at(17), "one that left before moves nothing");
        let lost = at(17);
        assert_eq!(breaker.admit(lost), Admission::Probe);
        assert_eq!(breaker.admit(lost + PROBE_TIME), Admission::Probe, "the first one is lost");
    }

    /// Who asks for half a minute gets half a minute, and is not told to be broken.
    #[test]
    fn a_vendor_that_asks_for_a_pause_gets_it() {
        let mut breaker = Breaker::CLOSED;
        breaker.hear(Heard::Failed { retry_after: Some(Duration::from_secs(30)) }, at(0), 0.5);
        assert_eq!(breaker.admit(at(29)), Admission::Wait(Duration::from_secs(1)));
        assert_eq!(breaker.alarm(Vendor::Carrier), None);
        let mut breaker = Breaker::CLOSED;
        breaker.hear(Heard::Failed { retry_after: Some(Duration::MAX) }, at(0), 0.5);
        assert_eq!(breaker.until, at(0) + RETRY_AFTER, "not for ever");
    }

    #[test]
    fn refused_credentials_pause_at_once() {
        let mut breaker = Breaker::CLOSED;
        breaker.hear(Heard::Refused, at(0), 0.5);
        assert_eq!(breaker.admit(at(0)), Admission::Wait(CREDENTIALS_PAUSE));
        assert_eq!(breaker.alarm(Vendor::Carrier), Some(AlarmKind::CarrierCredentials));
        assert_eq!(breaker.admit(at(0) + CREDENTIALS_PAUSE), Admission::Probe);
    }
}
