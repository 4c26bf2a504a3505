//! What every failed call returns: `application/problem+json` (RFC 9457) with a stable `code`.

use serde::{Deserialize, Serialize};

use crate::At;

/// The body of an error answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// HTTP status, repeated.
    pub status: u16,
    /// Stable word for programs, such as `invalid_field` or `refused_by_gate`.
    pub code: String,
    /// One sentence for people.
    pub title: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// The member of the request that is wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    /// Why the contact gate refused.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
    /// When the gate would allow it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_allowed_at: Option<At>,
    /// The existing thing that the request collides with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub existing_id: Option<String>,
    /// Names the log line of a failure on our side.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
}

impl Problem {
    pub fn new(status: u16, code: &str, title: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            title: title.into(),
            detail: None,
            field: None,
            reasons: Vec::new(),
            next_allowed_at: None,
            existing_id: None,
            request_id: None,
        }
    }
}

/// One rule that stands against contacting somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// Stable word, such as `opted_out`.
    pub rule: String,
    /// One sentence an operator can read out.
    pub text: String,
    /// Where the rule comes from.
    pub source: String,
}

/// A word that is not in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of: {expected}")]
pub struct UnknownWord {
    pub expected: &'static str,
}
