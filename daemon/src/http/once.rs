//! `Idempotency-Key`: names what a request asks for, so that the same request sent again is known.

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Method},
    middleware::Next,
    response::Response,
};
use utoipa::IntoParams;

use super::extract;
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
pub(super) async fn note(request: Request, next: Next) -> Result<Response> {
    let key = if request.method() == Method::POST { key(request.headers())? } else { None };
    let Some(key) = key else {
        return Ok(next.run(request).await);
    };
    let (mut parts, body) = request.into_parts();
    let body = extract::body(Request::from_parts(parts.clone(), body), &()).await?;
    let head = format!("{}\0{}\0", parts.method, parts.uri);
    let request = digest(&SHA256, &[head.as_bytes(), &body].concat()).as_ref().to_vec();
    parts.extensions.insert(Asked { key, request });
    Ok(next.run(Request::from_parts(parts, Body::from(body))).await)
}

fn key(headers: &HeaderMap) -> Result<Option<String>> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=LONGEST).contains(&key.len()) && values.next().is_none());
    let wrong = || Error::invalid("Idempotency-Key", format!("one, of 1 to {LONGEST} visible characters"));
    key.map(|key| Some(key.to_owned())).ok_or_else(wrong)
}
