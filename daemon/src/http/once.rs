//! `Idempotency-Key`: names what a request asks for, so that the same request sent again is known.

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, Method, request::Parts};
use utoipa::IntoParams;

use crate::{
    domain::{once::Once, permission::Principal},
    error::{Error, Result},
};

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 200;

/// The header, for the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only described")]
pub struct IdempotencyKey {
    /// Make one per intent, such as a UUID. The same request with the same key within 24 hours is done once, and gets
    /// the same answer again; another request with it is refused.
    #[param(rename = "Idempotency-Key", max_length = 200)]
    key: Option<String>,
}

/// What a request asks for, under its key; whose it is, is known later.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    key: String,
    request: Vec<u8>,
}

impl Asked {
    pub(super) fn by(&self, member: &Principal) -> Once {
        Once { org: member.org, user: member.user, key: self.key.clone(), request: self.request.clone() }
    }
}

/// Notes on a POST with a key what it asks for.
pub(super) fn note(head: &mut Parts, body: &[u8]) -> Result<()> {
    let key = if head.method == Method::POST { key(&head.headers)? } else { None };
    if let Some(key) = key {
        let line = format!("{}\0{}\0", head.method, head.uri);
        let request = digest(&SHA256, &[line.as_bytes(), body].concat()).as_ref().to_vec();
        head.extensions.insert(Asked { key, request });
    }
    Ok(())
}

fn key(headers: &HeaderMap) -> Result<Option<String>> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=LONGEST).contains(&key.len()) && values.next().is_none());
    let wrong = || Error::invalid("Idempotency-Key", format!("one, of 1 to {LONGEST} visible characters"));
    key.map(|key| Some(key.to_owned())).ok_or_else(wrong)
}
