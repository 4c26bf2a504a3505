//! What the authority remembers: nonces, accounts, and orders with what is proven of them.

use std::{collections::HashSet, net::SocketAddr};

use serde_json::{Value, json};

use super::jws::Jwk;

#[derive(Debug)]
pub(super) struct Books {
    pub(super) visits: SocketAddr,
    pub(super) age_of_next: i64,
    pub(super) given: Vec<Vec<u8>>,
    pub(super) accounts: Vec<Jwk>,
    pub(super) orders: Vec<Order>,
    nonces: HashSet<String>,
}

/// Names that an account wants in one certificate.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) account: usize,
    pub(super) proofs: Vec<Proof>,
    /// In PEM, with the root's behind it.
    pub(super) certificate: Option<String>,
}

/// Whether a name leads to who asks for it.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) domain: String,
    pub(super) token: String,
    /// `None`: nobody was visited yet.
    pub(super) visited: Option<Result<(), String>>,
}

impl Books {
    pub(super) fn new(visits: SocketAddr) -> Self {
        Self {
            visits,
            age_of_next: 0,
            given: Vec::new(),
            accounts: Vec::new(),
            orders: Vec::new(),
            nonces: HashSet::new(),
        }
    }

    pub(super) fn nonce(&mut self) -> String {
        let nonce = secret();
        self.nonces.insert(nonce.clone());
        nonce
    }

    /// A nonce is good once.
    pub(super) fn spend(&mut self, nonce: &str) -> bool {
        self.nonces.remove(nonce)
    }

    /// The number of the account with this key; whoever comes again has it already.
    pub(super) fn account(&mut self, key: Jwk) -> usize {
        self.accounts.iter().position(|known| *known == key).unwrap_or_else(|| {
            self.accounts.push(key);
            self.accounts.len() - 1
        })
    }
}

impl Order {
    pub(super) fn new(account: usize, domains: Vec<String>) -> Self {
        let proof = |domain| Proof { domain, token: secret(), visited: None };
        Self { account, proofs: domains.into_iter().map(proof).collect(), certificate: None }
    }

    pub(super) fn domains(&self) -> Vec<String> {
        self.proofs.iter().map(|proof| proof.domain.clone()).collect()
    }

    pub(super) fn status(&self) -> &'static str {
        let all = |wanted: &str| self.proofs.iter().all(|proof| proof.status() == wanted);
        match () {
            () if self.certificate.is_some() => "valid",
            () if self.proofs.iter().any(|proof| proof.status() == "invalid") => "invalid",
            () if all("valid") => "ready",
            () => "pending",
        }
    }

    /// As RFC 8555 section 7.1.3 shows it; `at` is the order's own address.
    pub(super) fn shown(&self, at: &str) -> Value {
        let authorizations: Vec<_> =
            (0..self.proofs.len()).map(|n| format!("{at}/authorization/{n}")).collect();
        let mut shown = json!({
            "status": self.status(), "authorizations": authorizations, "finalize": format!("{at}/finalize"),
            "identifiers": self.proofs.iter().map(Proof::identifier).collect::<Vec<_>>(),
        });
        if self.certificate.is_some() {
            shown["certificate"] = json!(format!("{at}/certificate"));
        }
        shown
    }
}

impl Proof {
    fn status(&self) -> &'static str {
        match self.visited {
            None => "pending",
            Some(Ok(())) => "valid",
            Some(Err(_)) => "invalid",
        }
    }

    fn identifier(&self) -> Value {
        json!({"type": "dns", "value": self.domain})
    }

    /// As RFC 8555 section 7.1.4 shows it.
    pub(super) fn shown(&self, challenge: &str) -> Value {
        let mut way =
            json!({"type": "tls-alpn-01", "url": challenge, "token": self.token, "status": self.status()});
        if let Some(Err(detail)) = &self.visited {
            way["error"] = json!({"type": "urn:ietf:params:acme:error:connection", "detail": detail});
        }
        json!({"status": self.status(), "identifier": self.identifier(), "challenges": [way]})
    }
}

fn secret() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(32).collect()
}
