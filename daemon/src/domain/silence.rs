//! When nothing comes although something should: a busy number that fell silent, webhooks that stay away.

use std::time::Duration;

use lotline_common::At;
use serde::{Deserialize, Serialize};

const HOUR: i64 = 3_600_000_000;
const WEEK: i64 = 7 * 24;
const WEEKS: i64 = 4;

/// A number is silent after so many hours in which somebody used to write, and only if so many customers would have written meanwhile: by chance that
/// happens once in a hundred thousand times, and on a holiday with half of them once in four hundred.
const SILENT_HOURS: u32 = 2;
const EXPECTED: u32 = 12;
/// The weeks that count: all but the busiest.
const USUAL_WEEKS: u32 = 3;
/// Hours that a daemon may have missed to count; after a longer absence nobody knows whether they were silent.
pub const HOURS_MADE_UP: i64 = 2;

/// Younger texts may still be told by their webhook: the carrier tries for fifteen seconds, and once more.
const ON_ITS_WAY: Duration = Duration::from_mins(1);
/// Webhooks are missing when so many texts in a row came without one.
const UNHEARD: i64 = 3;

/// Customers who wrote to a number, by the hour of the last four weeks. Stored with the number, as JSON.
///
/// What is usual at an hour of the week is what it was in the four weeks before, the busiest left out, so that one
/// campaign makes no habit. A number that is young or small expects nobody for a long time, nights and Sundays none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// The last hour that was counted, in hours since 1970.
    hour: i64,
    /// Hours in a row in which nobody wrote though somebody used to.
    silent: u32,
    /// Customers who used to write in those hours, in three weeks together.
    missed: u32,
    /// The hour `h` stands at `h` modulo its length.
    customers: Vec<u16>,
}

/// Hours since 1970 at `at`.
pub const fn hour_of(at: At) -> i64 {
    at.micros().div_euclid(HOUR)
}

/// When that hour began.
pub const fn begin_of(hour: i64) -> At {
    At::from_micros(hour * HOUR)
}

impl Traffic {
    /// Of a number that begins to be counted after `hour`.
    pub fn new(hour: i64) -> Self {
        let hours = usize::try_from(WEEKS * WEEK).unwrap_or_default();
        Self { hour, silent: 0, missed: 0, customers: vec![0; hours] }
    }

    /// Counts the hours up to `last`.
    pub fn count(&mut self, last: i64, customers: impl Fn(i64) -> u16) {
        if last - self.hour > HOURS_MADE_UP {
            (self.hour, self.silent, self.missed) = (last, 0, 0);
        }
        while self.hour < last {
            self.hour += 1;
            self.close(customers(self.hour));
        }
    }

    pub const fn is_silent(&self) -> bool {
        self.silent >= SILENT_HOURS && self.missed >= EXPECTED * USUAL_WEEKS
    }

    fn close(&mut self, customers: u16) {
        let usual = self.usual();
        let place = self.hour.rem_euclid(WEEKS * WEEK);
        if let Some(slot) = usize::try_from(place).ok().and_then(|place| self.customers.get_mut(place)) {
            *slot = customers;
        }
        (self.silent, self.missed) = match customers {
            0 => (self.silent + u32::from(usual > 0), self.missed.saturating_add(usual)),
            _ => (0, 0),
        };
    }

    /// Customers at this hour of the last four weeks, without the busiest of them.
    fn usual(&self) -> u32 {
        let weeks = (0..WEEKS).filter_map(|week| {
            let place = (self.hour + week * WEEK).rem_euclid(WEEKS * WEEK);
            self.customers.get(usize::try_from(place).ok()?).copied().map(u32::from)
        });
        let (sum, most) = weeks.fold((0, 0), |(sum, most), week| (sum + week, week.max(most)));
        sum - most
    }
}

/// Texts in a row that no webhook told of, after a look at the carrier's list: `missing` were not here, `told` were.
/// Both hold what the carrier took since the look before, while a webhook could have come.
pub fn unheard(
    before: i64,
    now: At,
    missing: impl Iterator<Item = At>,
    mut told: impl Iterator<Item = At>,
) -> i64 {
    let is_due = |at: &At| now.since(*at) >= ON_ITS_WAY;
    if told.any(|at| is_due(&at)) {
        return 0;
    }
    before.saturating_add(i64::try_from(missing.filter(is_due).count()).unwrap_or(i64::MAX))
}

/// Do webhooks stay away, after so many texts without one?
pub const fn are_webhooks_missing(unheard: i64) -> bool {
    unheard >= UNHEARD
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday, 00:00 UTC.
    const MONDAY: i64 = 4 * 24 + WEEK * 2_900;

    /// Four weeks of a store where `busy` customers write in each hour of a working day, from Monday to Saturday.
    fn store(busy: u16) -> Traffic {
        let mut traffic = Traffic::new(MONDAY - 1);
        for hour in MONDAY..MONDAY + WEEKS * WEEK {
            traffic.count(hour, |hour| usual(hour, busy));
        }
        traffic
    }

    fn usual(hour: i64, busy: u16) -> u16 {
        let (day, hour) = ((hour - MONDAY).rem_euclid(WEEK) / 24, (hour - MONDAY).rem_euclid(24));
        if day < 6 && (9..18).contains(&hour) { busy } else { 0 }
    }

    /// The hours of silence after which the alarm is raised, within two weeks.
    fn alarm(mut traffic: Traffic, silence: i64) -> Option<i64> {
        let next = traffic.hour + 1;
        (next..next + 2 * WEEK).find_map(|hour| {
            traffic.count(hour, |hour| if hour < next + silence { usual(hour, 10) } else { 0 });
            traffic.is_silent().then_some(hour - next - silence + 1)
        })
    }

    #[test]
    fn the_busier_a_number_the_sooner_its_silence_is_told() {
        // The silence begins on Monday at nine.
        for (busy, hours) in
            [(60, Some(2)), (6, Some(2)), (4, Some(3)), (2, Some(6)), (1, Some(27)), (0, None)]
        {
            let traffic = store(busy);
            let next = traffic.hour + 1;
            let mut traffic = traffic;
            let after = (next..next + 2 * WEEK).find_map(|hour| {
                traffic.count(hour, |hour| if hour < next + 9 { usual(hour, busy) } else { 0 });
                traffic.is_silent().then_some(hour - next - 9 + 1)
            });
            assert_eq!(after, hours, "{busy} an hour");
        }
    }

    #[test]
    fn nights_and_sundays_are_not_silence() {
        let mut traffic = store(10);
        let next = traffic.hour + 1;
        for hour in next..next + WEEKS * WEEK {
            traffic.count(hour, |hour| usual(hour, 10));
            assert!(!traffic.is_silent(), "at hour {} of the week", (hour - MONDAY) % WEEK);
        }
        // From Saturday evening on: Monday at ten is the second hour in which somebody is missed.
        assert_eq!(alarm(store(10), 5 * 24 + 18), Some(6 + 24 + 9 + 2));
    }

    #[test]
    fn a_small_or_young_number_and_one_campaign_raise_nothing() {
        // One customer a day.
        let mut small = Traffic::new(MONDAY - 1);
        for hour in MONDAY..MONDAY + WEEKS * WEEK {
            small.count(hour, |hour| u16::from(hour % 24 == 12));
        }
        for hour in MONDAY + WEEKS * WEEK..MONDAY + (WEEKS + 1) * WEEK {
            small.count(hour, |_| 0);
        }
        assert!(!small.is_silent(), "a quiet week of a quiet store");
        // A number that is busy for its first week, and one that had one busy day.
        for days in [1, 7] {
            let mut young = Traffic::new(MONDAY - 1);
            for hour in MONDAY..MONDAY + 2 * WEEK {
                young.count(hour, |hour| if hour < MONDAY + days * 24 { usual(hour, 50) } else { 0 });
            }
            assert!(!young.is_silent(), "{days} days");
        }
    }

    #[test]
    fn what_nobody_counted_is_not_silence_and_a_text_ends_it() {
        let mut traffic = store(10);
        let begin = traffic.hour + 10;
        traffic.count(begin + 5, |_| 0);
        assert_eq!(traffic.silent, 0, "the desk was away for those hours");
        traffic.count(begin + 7, |_| 0);
        assert!(traffic.is_silent());
        traffic.count(begin + 8, |_| 1);
        assert!(!traffic.is_silent());
    }

    #[test]
    fn webhooks_are_missing_when_texts_come_without_them() {
        let at = At::from_unix_seconds;
        let now = at(1_000);
        let look = |before, missing: &[i64], told: &[i64]| {
            let times = |of: &[i64]| of.iter().map(|second| at(*second)).collect::<Vec<_>>().into_iter();
            unheard(before, now, times(missing), times(told))
        };
        assert_eq!(look(0, &[], &[]), 0);
        assert_eq!(look(0, &[900, 930], &[]), 2, "counted");
        assert_eq!(look(2, &[940, 941], &[]), 3, "one may still come by its webhook");
        assert_eq!(look(2, &[900], &[910]), 0, "one was lost, and webhooks come");
        assert_eq!(look(2, &[900], &[990]), 3, "the webhook of a moment ago is heard at the next look");
        assert!(!are_webhooks_missing(2) && are_webhooks_missing(3));
    }
}
