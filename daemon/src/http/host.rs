//! A request names one host: a proxy and a server that read another one each would not mean the same request.

use axum::http::{HeaderMap, header};

use crate::error::{Error, Result};

/// Refuses a second `Host`, as RFC 9112 (3.2) asks of every server.
pub(super) fn one(headers: &HeaderMap) -> Result<()> {
    match headers.get_all(header::HOST).iter().nth(1) {
        Some(_) => Err(Error::invalid("Host", "must be given once")),
        None => Ok(()),
    }
}
