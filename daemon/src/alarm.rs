//! Alarms of the whole installation, kept in memory: when the disk is full there is no row to be written.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lotline_common::{
    At,
    api::alarm::{Alarm, AlarmKind},
};

use crate::clock::Clock;

type Open = BTreeMap<AlarmKind, (Option<String>, At)>;

/// What is wrong with this daemon's machine or store right now. Cheap to clone.
#[derive(Clone)]
pub struct Alarms {
    clock: Clock,
    open: Arc<Mutex<Open>>,
}

impl Alarms {
    pub fn new(clock: Clock) -> Self {
        Self { clock, open: Arc::default() }
    }

    /// Raised once; what it is about may change while it stands.
    pub fn raise(&self, kind: AlarmKind, subject: Option<String>) {
        let mut open = self.lock();
        let since = open.get(&kind).map(|(_, since)| *since);
        if since.is_none() {
            tracing::error!(%kind, subject, "alarm: {}", kind.advice());
        }
        open.insert(kind, (subject, since.unwrap_or_else(|| self.clock.now())));
    }

    pub fn clear(&self, kind: AlarmKind) {
        if self.lock().remove(&kind).is_some() {
            tracing::info!(%kind, "an alarm is over");
        }
    }

    /// What is open, in the order of [`AlarmKind`].
    pub fn open(&self) -> Vec<Alarm> {
        let alarm = |(kind, (subject, since)): (&AlarmKind, &(Option<String>, At))| {
            Alarm::new(*kind, subject.clone(), *since)
        };
        self.lock().iter().map(alarm).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_stands_since_it_was_first_raised_and_is_gone_when_cleared() {
        let clock = Clock::fixed(At::from_micros(1));
        let alarms = Alarms::new(clock.clone());
        alarms.raise(AlarmKind::DiskFull, None);
        clock.set(At::from_micros(2));
        alarms.raise(AlarmKind::DiskFull, Some("/data".into()));
        assert_eq!(
            alarms.open(),
            [Alarm::new(AlarmKind::DiskFull, Some("/data".into()), At::from_micros(1))]
        );
        alarms.clear(AlarmKind::DiskFull);
        assert_eq!(alarms.open(), []);
    }
}
