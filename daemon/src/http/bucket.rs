//! How often each of many callers may ask, in this process's memory.
//!
//! A bucket is the moment at which it will be full again. It can be in debt: what a caller did at another daemon is
//! charged whether there is room for it or not.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::limits::Rate;

/// Buckets by key.
pub(super) struct Buckets<K> {
    /// A request is earned back in this time.
    each: Duration,
    /// A bucket from which nothing more can be taken is full again after this time.
    whole: Duration,
    by_key: Mutex<HashMap<K, Bucket>>,
}

struct Bucket {
    full_at: Instant,
    /// Requests that were taken here since somebody asked.
    taken: u32,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    pub(super) fn new(rate: Rate) -> Self {
        let each = Duration::from_secs(1) / rate.per_second.max(1);
        Self { each, whole: each * rate.at_once.max(1), by_key: Mutex::default() }
    }

    /// Takes one, or says how long to wait for it.
    pub(super) fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets();
        let bucket = buckets.entry(key).or_insert(Bucket { full_at: now, taken: 0 });
        let full_at = bucket.full_at.max(now) + self.each;
        let wait = full_at.duration_since(now).saturating_sub(self.whole);
        if !wait.is_zero() {
            return Err(wait);
        }
        *bucket = Bucket { full_at, taken: bucket.taken.saturating_add(1) };
        Ok(())
    }

    /// Takes what was used elsewhere.
    pub(super) fn charge(&self, key: K, count: u32, now: Instant) {
        if count > 0 {
            let mut buckets = self.buckets();
            let bucket = buckets.entry(key).or_insert(Bucket { full_at: now, taken: 0 });
            bucket.full_at = bucket.full_at.max(now) + self.each * count;
        }
    }

    /// What was taken here since the last call, of those who took more than `least`.
    pub(super) fn taken(&self, least: u32) -> Vec<(K, u32)> {
        let mut buckets = self.buckets();
        let taken = buckets.iter_mut().map(|(key, bucket)| (key.clone(), std::mem::take(&mut bucket.taken)));
        taken.filter(|(_, count)| *count > least).collect()
    }

    /// Without this the map would hold everybody who ever asked.
    pub(super) fn forget(&self, now: Instant) {
        let mut buckets = self.buckets();
        buckets.retain(|_, bucket| bucket.full_at > now);
        buckets.shrink_to_fit();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.buckets().len()
    }

    fn buckets(&self) -> MutexGuard<'_, HashMap<K, Bucket>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 10, at_once: 100 };

    fn passed(buckets: &Buckets<u8>, key: u8, now: Instant) -> usize {
        (0..1_000).filter(|_| buckets.take(key, now).is_ok()).count()
    }

    #[test]
    fn what_is_taken_is_earned_back_and_no_more() {
        let (buckets, now) = (Buckets::new(RATE), Instant::now());
        assert_eq!(passed(&buckets, 1, now), 100);
        assert_eq!(passed(&buckets, 2, now), 100, "another's");
        assert_eq!(buckets.take(1, now).unwrap_err(), Duration::from_millis(100));
        assert_eq!(passed(&buckets, 1, now + Duration::from_secs(3)), 30);
        assert_eq!(passed(&buckets, 1, now + Duration::from_secs(3_600)), 100);
    }

    /// Two daemons that each let a caller have everything would otherwise go on doing so for ever.
    #[test]
    fn what_was_used_elsewhere_is_paid_off_before_anything_is_taken() {
        let (buckets, now) = (Buckets::new(RATE), Instant::now());
        assert_eq!(passed(&buckets, 1, now), 100);
        buckets.charge(1, 100, now);
        assert_eq!(passed(&buckets, 1, now + Duration::from_secs(10)), 0);
        assert_eq!(passed(&buckets, 1, now + Duration::from_secs(11)), 10);
        buckets.charge(2, 60, now);
        assert_eq!(passed(&buckets, 2, now), 40);
    }

    /// A charge that is told on would come back from every other daemon.
    #[test]
    fn only_what_was_taken_here_is_told_and_once() {
        let (buckets, now) = (Buckets::new(RATE), Instant::now());
        buckets.charge(1, 50, now);
        for _ in 0..20 {
            buckets.take(1, now).unwrap();
        }
        buckets.take(2, now).unwrap();
        assert_eq!(buckets.taken(1), [(1, 20)]);
        assert_eq!(buckets.taken(0), []);
    }
}
