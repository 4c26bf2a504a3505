//! How often somebody may ask: counted per member, organization and address, reads apart from writes.
//!
//! In this process's memory only: it keeps one caller from taking a daemon from the others, and is no quota.

use std::{hash::Hash, net::IpAddr, num::NonZeroU32, sync::Arc};

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use lotline_common::{PhoneNumber, UserId};

use super::{client_address::ClientAddress, throttle::network};
use crate::{
    app::App,
    domain::{organization::OrgKey, permission::Principal},
    error::{Error, Result},
    limits::{self, Rate},
};

/// The counters of one daemon.
pub struct Rates {
    counts: bool,
    reads: Class,
    writes: Class,
    sign_ins: Keyed<IpAddr>,
    texts: Keyed<PhoneNumber>,
}

struct Class {
    members: Keyed<(OrgKey, UserId)>,
    organizations: Keyed<OrgKey>,
    addresses: Keyed<IpAddr>,
}

struct Keyed<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

impl<K: Hash + Eq + Clone> Keyed<K> {
    fn new(rate: Rate) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(rate.per_second)).allow_burst(at_least_one(rate.at_once));
        Self(RateLimiter::keyed(quota))
    }

    fn count(&self, key: &K) -> Result<()> {
        self.0.check_key(key).map_err(|full| {
            let wait = full.wait_time_from(self.0.clock().now());
            Error::TooMany { retry_after: wait.as_secs() + 1 }
        })
    }

    fn forget(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }
}

impl Class {
    fn forget(&self) {
        self.members.forget();
        self.organizations.forget();
        self.addresses.forget();
    }
}

impl Rates {
    /// `counts` is false where something in front of the daemon does it, or nobody should.
    pub fn new(counts: bool) -> Self {
        Self {
            counts,
            reads: Class {
                members: Keyed::new(limits::READS_OF_MEMBER),
                organizations: Keyed::new(limits::READS_OF_ORGANIZATION),
                addresses: Keyed::new(limits::READS_OF_ADDRESS),
            },
            writes: Class {
                members: Keyed::new(limits::WRITES_OF_MEMBER),
                organizations: Keyed::new(limits::WRITES_OF_ORGANIZATION),
                addresses: Keyed::new(limits::WRITES_OF_ADDRESS),
            },
            sign_ins: Keyed::new(limits::SIGN_INS_OF_ADDRESS),
            texts: Keyed::new(limits::TEXTS_OF_NUMBER),
        }
    }

    /// A member whose token is good asks.
    pub fn member(&self, member: &Principal, method: &Method) -> Result<()> {
        if !self.counts {
            return Ok(());
        }
        let class = self.class(method);
        class.members.count(&(member.org, member.user))?;
        class.organizations.count(&member.org)
    }

    /// The carrier tells of a text to an own number. A carrier comes back after a 503, and not after a 429.
    pub fn text(&self, number: &PhoneNumber) -> Result<()> {
        let full = |_wait| Error::Unavailable("Too many texts to this number at once.");
        if self.counts { self.texts.count(number).map_err(full) } else { Ok(()) }
    }

    fn address(&self, address: IpAddr, method: &Method, path: &str) -> Result<()> {
        let address = network(address);
        let Some(rest) = path.strip_prefix("/api/v1/").filter(|_| self.counts) else { return Ok(()) };
        match rest {
            // A thousand consoles come back at once after a restart; streams are counted by their seats.
            "events" => Ok(()),
            rest if rest.starts_with("auth/") => self.sign_ins.count(&address),
            _ => self.class(method).addresses.count(&address),
        }
    }

    fn class(&self, method: &Method) -> &Class {
        if matches!(*method, Method::GET | Method::HEAD) { &self.reads } else { &self.writes }
    }

    /// Without this the maps would hold everybody who ever asked.
    fn forget(&self) {
        self.reads.forget();
        self.writes.forget();
        self.sign_ins.forget();
        self.texts.forget();
    }
}

/// Counts a request by the address it comes from, before anything else is done for it.
pub(super) async fn limit(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    request: Request,
    next: Next,
) -> Result<Response> {
    app.rates.address(address, request.method(), request.uri().path())?;
    Ok(next.run(request).await)
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
        assert_eq!(rates.reads.addresses.0.len(), 1_000);
        // A read is earned back in milliseconds.
        while !rates.reads.addresses.0.is_empty() {
            rates.forget();
        }
    }
}
