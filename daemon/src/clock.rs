//! What time it is: the system's, or one that a test moves. A time that only goes forward, for what must not notice that
//! the system's clock was set. And how far clocks are apart.

use std::{
    fmt,
    ops::Add,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use lotline_common::At;

/// How far the clock may be set at once without being said to jump; slewing is far slower.
const STEP: Duration = Duration::from_secs(2);
/// A time that came over the network is true to the second and a moment old.
const HEARD: Duration = Duration::from_secs(10);

/// A clock. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    /// When this clock was made, by both.
    System {
        wall: At,
        steady: Instant,
    },
    Fixed(Arc<Fixed>),
}

#[derive(Debug)]
struct Fixed {
    wall: AtomicI64,
    steady: AtomicI64,
}

/// How far a clock is ahead of another: microseconds, negative when it is behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drift(i64);

impl Clock {
    pub fn system() -> Self {
        Self(Source::System { wall: wall(), steady: Instant::now() })
    }

    /// Stands at `at` until it is set.
    pub fn fixed(at: At) -> Self {
        let (wall, steady) = (AtomicI64::new(at.micros()), AtomicI64::new(at.micros()));
        Self(Source::Fixed(Arc::new(Fixed { wall, steady })))
    }

    /// What the calendar says. It goes back and forth when somebody sets the system's clock.
    pub fn now(&self) -> At {
        match &self.0 {
            Source::System { .. } => wall(),
            Source::Fixed(fixed) => At::from_micros(fixed.wall.load(Ordering::Relaxed)),
        }
    }

    /// Like [`Clock::now`] when the process began, and from then on second by second, whatever the system's clock is
    /// set to. Means nothing to another process.
    pub fn steady(&self) -> At {
        match &self.0 {
            Source::System { wall, steady } => *wall + steady.elapsed(),
            Source::Fixed(fixed) => At::from_micros(fixed.steady.load(Ordering::Relaxed)),
        }
    }

    /// How far the wall clock is ahead of the steady one.
    pub fn drift(&self) -> Drift {
        Drift(self.now().micros().saturating_sub(self.steady().micros()))
    }

    /// How far the wall clock is ahead of one that has just been heard over the network; nothing if they may agree.
    pub fn ahead_of(&self, theirs: At) -> Drift {
        let ahead = Drift(self.now().micros().saturating_sub(theirs.micros()));
        if ahead.size() < HEARD { Drift::default() } else { ahead }
    }

    /// Lets time pass on a fixed clock until `at`; the system's cannot be moved.
    pub fn set(&self, at: At) {
        if let Source::Fixed(fixed) = &self.0 {
            fixed.steady.fetch_add(at.micros() - self.now().micros(), Ordering::Relaxed);
            self.jump(at);
        }
    }

    /// Sets a fixed clock as somebody sets the system's: no time passes.
    pub fn jump(&self, at: At) {
        if let Source::Fixed(fixed) = &self.0 {
            fixed.wall.store(at.micros(), Ordering::Relaxed);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
fn wall() -> At {
    jiff::Timestamp::now().into()
}

impl Drift {
    /// What came to it since.
    pub fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// More than a clock that is kept in step is moved by.
    pub fn is_large(self) -> bool {
        self.size() > STEP
    }

    /// Ahead or behind.
    pub const fn size(self) -> Duration {
        Duration::from_micros(self.0.unsigned_abs())
    }
}

/// What the other clock showed as the one that is ahead shows it.
impl Add<Drift> for At {
    type Output = Self;

    fn add(self, ahead: Drift) -> Self {
        Self::from_micros(self.micros().saturating_add(ahead.0))
    }
}

/// `+15m`, `-2h`.
impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let seconds = (self.0.unsigned_abs() + 500_000) / 1_000_000;
        let size = jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        write!(f, "{sign}{size:#}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    /// A lease that a set clock ends is a message that is sent again while it is being sent.
    #[test]
    fn a_set_clock_moves_the_wall_and_not_the_steady_time() {
        let clock = Clock::fixed(At::from_unix_seconds(1_800_000_000));
        let (steady, drift) = (clock.steady(), clock.drift());
        clock.set(clock.now() + HOUR);
        assert_eq!((clock.steady().since(steady), clock.drift()), (HOUR, drift));
        clock.jump(clock.now() - HOUR * 2);
        assert_eq!(clock.steady().since(steady), HOUR);
        let jump = clock.drift().since(drift);
        assert!(jump.is_large());
        assert_eq!(jump.to_string(), "-2h");
        clock.jump(clock.now() + Duration::from_secs(1));
        assert!(!clock.drift().since(Drift(-7_200_000_000)).is_large());
    }

    #[test]
    fn the_systems_steady_time_begins_with_the_wall() {
        let clock = Clock::system();
        assert!(!clock.drift().is_large());
    }
}
