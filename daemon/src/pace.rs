//! How fast an own number may send: a bucket per number, so that a long code's queue at the carrier never overflows.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lotline_common::{At, PhoneNumber};

/// Segments a number may send at once after a pause.
const BURST: f64 = 10.0;

/// Buckets of all own numbers of this process.
pub struct Pace {
    per_second: f64,
    buckets: Mutex<HashMap<PhoneNumber, Bucket>>,
}

struct Bucket {
    left: f64,
    at: At,
}

impl Pace {
    /// `per_second` segments for each number.
    pub fn new(per_second: usize) -> Self {
        let per_second = f64::from(u32::try_from(per_second.max(1)).unwrap_or(u32::MAX));
        Self { per_second, buckets: Mutex::new(HashMap::new()) }
    }

    /// Takes `segments` now, or says how long to wait before asking again.
    pub fn take(&self, number: &PhoneNumber, segments: i64, now: At) -> Result<(), Duration> {
        let wanted = f64::from(i32::try_from(segments).unwrap_or(i32::MAX)).min(BURST);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(number.clone()).or_insert(Bucket { left: BURST, at: now });
        bucket.left = (bucket.left + now.since(bucket.at).as_secs_f64() * self.per_second).min(BURST);
        bucket.at = now;
        if bucket.left >= wanted {
            bucket.left -= wanted;
            return Ok(());
        }
        Err(Duration::from_secs_f64((wanted - bucket.left) / self.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_sends_at_its_pace_and_others_are_not_held_up() {
        let pace = Pace::new(2);
        let [one, other]: [PhoneNumber; 2] = ["+13035550101", "+13035550102"].map(|n| n.parse().unwrap());
        let now = At::from_unix_seconds(1_800_000_000);
        for _ in 0..10 {
            assert_eq!(pace.take(&one, 1, now), Ok(()));
        }
        assert_eq!(pace.take(&one, 1, now), Err(Duration::from_millis(500)));
        assert_eq!(pace.take(&other, 3, now), Ok(()));
        assert_eq!(pace.take(&one, 1, now + Duration::from_millis(500)), Ok(()));
        assert!(pace.take(&one, 1, now + Duration::from_millis(600)).is_err());
    }
}
