//! Bodies, queries and path members, with errors that name the field.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{error::Error, limits};

/// A JSON body in, a JSON body out. Unknown members are refused where the type says so.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.trim_start().starts_with("application/json"));
        if !is_json {
            return Err(Error::invalid("content-type", "send application/json"));
        }
        let bytes = body(request, state).await?;
        if depth(&bytes) > limits::JSON_DEPTH {
            return Err(Error::invalid("body", format!("nested deeper than {}", limits::JSON_DEPTH)));
        }
        let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| invalid(&error))?;
        deserializer.end().map_err(|error| Error::invalid("body", error.to_string()))?;
        Ok(Self(value))
    }
}

/// How deep objects and arrays are nested, before anything is made of them.
fn depth(json: &[u8]) -> usize {
    let (mut now, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => now += 1,
            b'}' | b']' if !quoted => now = now.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(now);
    }
    deepest
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => Error::internal(error).into_response(),
        }
    }
}

/// The body, which `entry` has read.
pub async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    let body = Bytes::from_request(request, state).await;
    body.map_err(|_rejection| Error::invalid("body", "the body did not arrive whole"))
}

/// The query string as `T`. A repeated parameter is refused by name; an unknown one did not get this far.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        let query = parts.uri.query().unwrap_or_default();
        let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        let value = serde_path_to_error::deserialize(deserializer).map_err(|error| invalid(&error))?;
        Ok(Self(value))
    }
}

/// Path members, such as an id.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let axum::extract::Path(value) = axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map_err(|_rejection| Error::invalid("id", "an id in the path is not a UUID"))?;
        Ok(Self(value))
    }
}

/// What is wrong with the request, without what stood in it: an error that repeats its cause carries whatever was put
/// there into logs and onto terminals.
fn invalid<E: std::fmt::Display>(error: &serde_path_to_error::Error<E>) -> Error {
    let field = path(error);
    Error::invalid(
        if is_plain_name(&field) { field } else { "body".into() },
        said(&error.inner().to_string()),
    )
}

/// May this name of a member or parameter be said back?
pub(super) fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.[]".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(plain)
}

/// The library's message; of those that quote the request, what was expected instead.
fn said(message: &str) -> String {
    const QUOTING: &[(&str, &str)] = &[
        ("unknown field", "is not known here"),
        ("unknown variant", "is none of the words that may stand here"),
        ("invalid type", "is of the wrong type"),
        ("invalid value", "is out of range"),
        ("invalid length", "is of the wrong length"),
    ];
    let Some((_, problem)) = QUOTING.iter().find(|(begin, _)| message.starts_with(begin)) else {
        return message.to_owned();
    };
    // The last of them is the library's own: what is quoted stands before it.
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("{problem}; expected {expected}"),
        None => (*problem).to_owned(),
    }
}

/// Where in the request it went wrong. A member that is missing or twice there is named by the message only.
fn path<E: std::fmt::Display>(error: &serde_path_to_error::Error<E>) -> String {
    let path = error.path().to_string();
    if path != "." {
        return path;
    }
    let message = error.inner().to_string();
    let named = ["duplicate field `", "missing field `"]
        .iter()
        .find_map(|begin| message.strip_prefix(begin)?.split('`').next());
    named.unwrap_or("body").to_owned()
}

#[cfg(test)]
mod tests {
    use super::{depth, said};

    #[test]
    fn depth_counts_brackets_and_not_what_is_quoted() {
        assert_eq!(depth(br#"{"a": [1, {"b": "]}[{\"[["}]}"#), 3);
        assert_eq!(depth(&[b'['; 100]), 100);
        assert_eq!(depth(b"]]]1"), 0);
    }

    /// What an attacker puts into a request must not reach an operator's terminal by way of the refusal.
    #[test]
    fn a_refusal_says_what_was_expected_and_not_what_came() {
        let cases = [
            (
                "unknown field `'; DROP TABLE`, expected `to` or `drafts`",
                "is not known here; expected `to` or `drafts`",
            ),
            ("invalid type: string \"\u{1b}]52\", expected u32", "is of the wrong type; expected u32"),
            ("missing field `to`", "missing field `to`"),
        ];
        for (message, expected) in cases {
            assert_eq!(said(message), expected);
        }
    }
}
