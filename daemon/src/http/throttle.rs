//! Who guesses passwords is slowed down: per account and per address, in memory.
//!
//! An attempt costs a token before the password is looked at, so a thousand at once gain nothing; a right password
//! gives it back. Other accounts and addresses never notice.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::error::Error;

/// Wrong passwords in a row for one account, then one per [`ACCOUNT_EVERY`].
const ACCOUNT_BURST: u32 = 10;
const ACCOUNT_EVERY: Duration = Duration::from_secs(30);
/// A store's people may share one address.
const ADDRESS_BURST: u32 = 50;
const ADDRESS_EVERY: Duration = Duration::from_secs(5);
/// Entries of each of the two generations; what was not tried since two of them is forgotten.
const REMEMBERED: usize = 8 * 1024;

/// Slows sign-in down where it fails.
#[derive(Debug)]
pub struct Throttle {
    accounts: Buckets<String>,
    addresses: Buckets<IpAddr>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            accounts: Buckets::new(ACCOUNT_BURST, ACCOUNT_EVERY),
            addresses: Buckets::new(ADDRESS_BURST, ADDRESS_EVERY),
        }
    }
}

/// An attempt under way. Dropped it has failed.
#[derive(Debug)]
#[must_use]
pub struct Attempt<'a> {
    throttle: &'a Throttle,
    account: String,
    address: IpAddr,
}

impl Throttle {
    /// May somebody at `address` try `account` (an e-mail address in its one form) now?
    pub fn attempt(&self, account: &str, address: IpAddr, now: Instant) -> Result<Attempt<'_>, Error> {
        let address = network(address);
        self.accounts.take(&account.to_owned(), now)?;
        self.addresses
            .take(&address, now)
            .inspect_err(|_refused| self.accounts.give_back(&account.to_owned()))?;
        Ok(Attempt { throttle: self, account: account.to_owned(), address })
    }
}

impl Attempt<'_> {
    /// It was the right password: the attempt costs nothing.
    pub fn succeeded(self) {
        self.throttle.accounts.give_back(&self.account);
        self.throttle.addresses.give_back(&self.address);
    }
}

/// One subscriber has a whole IPv6 network of this size.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        },
    }
}

/// Token buckets; a bucket is the moment at which it will be full again.
#[derive(Debug)]
struct Buckets<K> {
    burst: u32,
    every: Duration,
    full_at: Mutex<Generations<K>>,
}

/// Two maps: when the young one is full it becomes the old one, and the old one is forgotten.
#[derive(Debug)]
struct Generations<K> {
    young: HashMap<K, Instant>,
    old: HashMap<K, Instant>,
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    fn new(burst: u32, every: Duration) -> Self {
        Self { burst, every, full_at: Mutex::new(Generations { young: HashMap::new(), old: HashMap::new() }) }
    }

    fn take(&self, key: &K, now: Instant) -> Result<(), Error> {
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = buckets.get(key).unwrap_or(now).max(now) + self.every;
        let wait = full_at.duration_since(now).saturating_sub(self.every * self.burst);
        if !wait.is_zero() {
            let retry_after = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return Err(Error::TooMany { retry_after });
        }
        buckets.set(key.clone(), full_at);
        Ok(())
    }

    fn give_back(&self, key: &K) {
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full_at) = buckets.get(key)
            && let Some(earlier) = full_at.checked_sub(self.every)
        {
            buckets.set(key.clone(), earlier);
        }
    }
}

impl<K: Eq + Hash + Clone> Generations<K> {
    fn get(&self, key: &K) -> Option<Instant> {
        self.young.get(key).or_else(|| self.old.get(key)).copied()
    }

    fn set(&mut self, key: K, full_at: Instant) {
        if self.young.len() >= REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, full_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn other(number: u32) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::from_bits(number))
    }

    #[test]
    fn an_account_under_attack_is_shut_and_others_are_not() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let fails = |account: &str, from, at| throttle.attempt(account, from, at).is_ok();
        let tried = (0..20).filter(|&n| fails("dana@example.com", other(n), now)).count();
        assert_eq!(tried, 10);
        let refused = throttle.attempt("dana@example.com", HERE, now).unwrap_err();
        assert!(matches!(refused, Error::TooMany { retry_after: 30 }), "{refused:?}");
        assert!(fails("eli@example.com", HERE, now));
        let later = now + ACCOUNT_EVERY;
        assert!(fails("dana@example.com", HERE, later));
        assert!(!fails("dana@example.com", HERE, later));
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_shut() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let fails = |account: &str, from| throttle.attempt(account, from, now).is_ok();
        let tried = (0..200).filter(|n| fails(&format!("{n}@example.com"), HERE)).count();
        assert_eq!(tried, 50);
        assert!(fails("199@example.com", other(7)), "the refused attempt cost the account nothing");
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network(ip("2001:db8::1")), network(ip("2001:db8::ffff")));
        assert_eq!(network(ip("::ffff:127.0.0.1")), HERE);
    }

    #[test]
    fn right_passwords_cost_nothing() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..500 {
            throttle.attempt("dana@example.com", HERE, now).unwrap().succeeded();
        }
    }

    #[test]
    fn memory_is_bounded() {
        let buckets = Buckets::new(1, Duration::from_secs(1));
        let now = Instant::now();
        for key in 0..5 * REMEMBERED {
            buckets.take(&key, now).unwrap();
        }
        let held = buckets.full_at.lock().unwrap();
        assert!(held.young.len() + held.old.len() <= 2 * REMEMBERED);
    }
}
