//! How often somebody may ask: counted per member, organization and address, reads apart from writes.
//!
//! In this process's memory: it keeps one caller from taking a daemon from the others, and is no quota. What an
//! organization does at other daemons is charged to it here ([`share`](super::share)).

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::Method;
use lotline_common::{PhoneNumber, UserId};

use super::bucket::Buckets;
use crate::{
    app::App,
    domain::{attempt::network, organization::OrgKey, permission::Principal, usage::Usage},
    error::{Error, Result},
    limits,
};

/// The counters of one daemon.
pub struct Rates {
    counts: bool,
    reads: Class,
    writes: Class,
    sign_ins: Buckets<IpAddr>,
    texts: Buckets<PhoneNumber>,
}

struct Class {
    members: Buckets<(OrgKey, UserId)>,
    organizations: Buckets<OrgKey>,
    addresses: Buckets<IpAddr>,
}

impl Class {
    fn forget(&self, now: Instant) {
        self.members.forget(now);
        self.organizations.forget(now);
        self.addresses.forget(now);
    }
}

impl Rates {
    /// `counts` is false where something in front of the daemon does it, or nobody should.
    pub fn new(counts: bool) -> Self {
        Self {
            counts,
            reads: Class {
                members: Buckets::new(limits::READS_OF_MEMBER),
                organizations: Buckets::new(limits::READS_OF_ORGANIZATION),
                addresses: Buckets::new(limits::READS_OF_ADDRESS),
            },
            writes: Class {
                members: Buckets::new(limits::WRITES_OF_MEMBER),
                organizations: Buckets::new(limits::WRITES_OF_ORGANIZATION),
                addresses: Buckets::new(limits::WRITES_OF_ADDRESS),
            },
            sign_ins: Buckets::new(limits::SIGN_INS_OF_ADDRESS),
            texts: Buckets::new(limits::TEXTS_OF_NUMBER),
        }
    }

    /// A member whose token is good asks.
    pub fn member(&self, member: &Principal, method: &Method) -> Result<()> {
        if !self.counts {
            return Ok(());
        }
        let class = self.class(method);
        let now = Instant::now();
        class.members.take((member.org, member.user), now).map_err(too_many)?;
        class.organizations.take(member.org, now).map_err(too_many)
    }

    /// The carrier tells of a text to an own number. A carrier comes back after a 503, and not after a 429.
    pub fn text(&self, number: &PhoneNumber) -> Result<()> {
        let full = |_wait| Error::Unavailable("Too many texts to this number at once.");
        if self.counts { self.texts.take(number.clone(), Instant::now()).map_err(full) } else { Ok(()) }
    }

    /// Somebody at this address asks, before anything else is done for it.
    pub(super) fn address(&self, address: IpAddr, method: &Method, path: &str) -> Result<()> {
        let address = network(address);
        let Some(rest) = path.strip_prefix("/api/v1/").filter(|_| self.counts) else { return Ok(()) };
        match rest {
            rest if rest.starts_with("auth/") => self.sign_ins.take(address, Instant::now()),
            _ => self.class(method).addresses.take(address, Instant::now()),
        }
        .map_err(too_many)
    }

    fn class(&self, method: &Method) -> &Class {
        if matches!(*method, Method::GET | Method::HEAD) { &self.reads } else { &self.writes }
    }

    /// What organizations did here since the last call, of those who did more than `1 / part` of what they may in a
    /// second.
    pub fn used(&self, part: usize) -> HashMap<OrgKey, Usage> {
        let part = u32::try_from(part).unwrap_or(u32::MAX);
        let mut used: HashMap<OrgKey, Usage> = HashMap::new();
        for (org, reads) in self.reads.organizations.taken(limits::READS_OF_ORGANIZATION.per_second / part) {
            used.entry(org).or_default().reads = reads;
        }
        for (org, writes) in self.writes.organizations.taken(limits::WRITES_OF_ORGANIZATION.per_second / part)
        {
            used.entry(org).or_default().writes = writes;
        }
        used
    }

    /// An organization did this at another daemon.
    pub fn charge(&self, org: OrgKey, usage: Usage) {
        let now = Instant::now();
        self.reads.organizations.charge(org, usage.reads, now);
        self.writes.organizations.charge(org, usage.writes, now);
    }

    /// Those who have not asked for a while.
    fn forget(&self) {
        let now = Instant::now();
        self.reads.forget(now);
        self.writes.forget(now);
        self.sign_ins.forget(now);
        self.texts.forget(now);
    }
}

fn too_many(wait: Duration) -> Error {
    Error::TooMany { retry_after: wait.as_secs() + 1 }
}

/// Forgets those who have not asked for a while, again and again until the process stops.
pub fn upkeep(app: &Arc<App>) {
    let app = app.clone();
    let tasks = app.tasks.clone();
    tasks.spawn_until_stop(async move {
        loop {
            tokio::time::sleep(limits::RATES_UPKEEP).await;
            app.rates.forget();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn refused(outcome: Result<()>) -> bool {
        matches!(outcome, Err(Error::TooMany { retry_after: 1.. }))
    }

    /// One runaway script must not take the daemon from everybody else.
    #[test]
    fn who_asks_too_often_waits_and_others_do_not() {
        let rates = Rates::new(true);
        let path = "/api/v1/auth/login";
        let sign_in = |address| rates.address(address, &Method::POST, path);
        let passed = (0..limits::SIGN_INS_OF_ADDRESS.at_once).filter(|_| sign_in(HERE).is_ok()).count();
        assert_eq!(passed, usize::try_from(limits::SIGN_INS_OF_ADDRESS.at_once).unwrap());
        assert!(refused(sign_in(HERE)));
        assert!(sign_in("203.0.113.9".parse().unwrap()).is_ok());
        assert!(rates.address(HERE, &Method::GET, "/api/v1/leads").is_ok(), "another class");
        assert!(rates.address(HERE, &Method::GET, "/healthz").is_ok());
    }

    #[test]
    fn an_own_number_is_never_answered_with_429() {
        let rates = Rates::new(true);
        let number: PhoneNumber = "+13035550101".parse().unwrap();
        let refusal = (0..1_000_000).find_map(|_| rates.text(&number).err());
        assert!(matches!(refusal, Some(Error::Unavailable(_))), "{refusal:?}");
    }

    #[test]
    fn idle_callers_are_forgotten() {
        let rates = Rates::new(true);
        for number in 0..1_000 {
            let address = IpAddr::V4(std::net::Ipv4Addr::from_bits(number));
            rates.address(address, &Method::GET, "/api/v1/leads").unwrap();
        }
        assert_eq!(rates.reads.addresses.len(), 1_000);
        // A read is earned back in milliseconds.
        while rates.reads.addresses.len() > 0 {
            rates.forget();
        }
    }
}
