//! `If-Match`: a change is made only to what the caller saw.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use crate::{domain::seen::Seen, error::Error};

/// The versions that the request names. Leaving the header out is a 428.
#[derive(Debug)]
pub struct IfMatch(pub Seen);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        let mut given = Vec::new();
        for value in parts.headers.get_all(header::IF_MATCH) {
            given.push(value.to_str().map_err(|_binary| malformed())?);
        }
        if given.is_empty() {
            return Err(Error::Unconditional);
        }
        seen(&given.join(",")).map(Self).ok_or_else(malformed)
    }
}

/// Reads `*` or a list of tags. Weak ones match nothing here, as do tags that are none of ours.
fn seen(text: &str) -> Option<Seen> {
    if text.trim() == "*" {
        return Some(Seen::Any);
    }
    let mut versions = Vec::new();
    for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        let strong = tag.strip_prefix("W/").is_none();
        let opaque = tag.trim_start_matches("W/").strip_prefix('"')?.strip_suffix('"')?;
        if opaque.contains('"') {
            return None;
        }
        versions.extend(opaque.parse::<i64>().ok().filter(|_| strong));
    }
    Some(Seen::OneOf(versions))
}

fn malformed() -> Error {
    Error::invalid("If-Match", "send the lead's ETag as it came, quotes included")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change over somebody else's is a lost note about a customer.
    #[test]
    fn every_form_of_the_header_means_what_http_says() {
        let matches = |text: &str| seen(text).map(|seen| seen.is(7));
        for (text, want) in [
            ("\"7\"", Some(true)),
            ("*", Some(true)),
            ("\"6\", \"7\"", Some(true)),
            ("\"6\",,\"8\"", Some(false)),
            ("W/\"7\"", Some(false)),
            ("\"abc\"", Some(false)),
            ("\"\"", Some(false)),
            ("7", None),
            ("\"7", None),
            ("\"7\" \"8\"", None),
            ("w/\"7\"", None),
        ] {
            assert_eq!(matches(text), want, "{text}");
        }
    }
}
