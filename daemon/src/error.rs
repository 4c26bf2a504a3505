//! The one error of actions and routes, and the one place that maps it to HTTP.
//!
//! Rules return their own small enums; the database its [`DbError`]; a vendor's port its own error. They become this
//! where an action must stop. Failures of ours are logged with their chain; the caller gets the request's id only.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use lotline_common::{At, Problem, api::api_key::KeyScope, problem::Reason};

use crate::{db::DbError, domain::permission::Denied, keyring::KeyError, seal::SealError};

/// Marks an answer whose request may be tried again at once.
#[derive(Debug, Clone, Copy)]
pub struct Contended;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an action did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Absent, or another organization's: the same answer.
    #[error("not found")]
    NotFound,
    /// No, wrong or expired credentials; the code tells which.
    #[error("unauthorized: {0}")]
    Unauthorized(&'static str),
    #[error("the role does not allow this")]
    Forbidden,
    /// The key was narrowed to other scopes.
    #[error("the key lacks the scope {0}")]
    ScopeMissing(KeyScope),
    /// Not allowed to anybody as things are, whatever the role.
    #[error("{code}")]
    Closed { code: &'static str, title: &'static str },
    /// The request is malformed; the field is named.
    #[error("{field}: {message}")]
    Invalid { field: String, message: String },
    /// It collides with how things are now.
    #[error("{code}")]
    Conflict { code: &'static str, title: &'static str, existing: Option<String> },
    /// A change without `If-Match`.
    #[error("no precondition")]
    Unconditional,
    /// `If-Match` does not match.
    #[error("changed in the meantime")]
    Stale,
    /// The contact gate says no.
    #[error("refused by the contact gate")]
    Refused { reasons: Vec<Reason>, next_allowed_at: Option<At> },
    /// Too many tries; seconds to wait.
    #[error("too many requests")]
    TooMany { retry_after: u64 },
    #[error("the body is larger than allowed")]
    TooLarge,
    /// Cannot serve now; the caller should come back.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// Undone because of another transaction; the same request may be tried again at once.
    #[error("in the way of another: {0}")]
    Contended(String),
    /// The disk is full.
    #[error("storage is full")]
    StorageFull,
    /// A defect or a failure of ours.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    pub const fn conflict(code: &'static str, title: &'static str) -> Self {
        Self::Conflict { code, title, existing: None }
    }

    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// Is it a failure of ours rather than a mistake of the caller's?
    pub fn is_ours(&self) -> bool {
        self.status_and_code().0.is_server_error()
    }

    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::Unauthorized(code) => (StatusCode::UNAUTHORIZED, code),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Self::ScopeMissing(_) => (StatusCode::FORBIDDEN, "scope_missing"),
            Self::Closed { code, .. } => (StatusCode::FORBIDDEN, code),
            Self::Invalid { .. } => (StatusCode::BAD_REQUEST, "invalid_field"),
            Self::Conflict { code, .. } => (StatusCode::CONFLICT, code),
            Self::Unconditional => (StatusCode::PRECONDITION_REQUIRED, "precondition_required"),
            Self::Stale => (StatusCode::PRECONDITION_FAILED, "stale"),
            Self::Refused { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "refused_by_gate"),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::Unavailable(_) | Self::Contended(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, "storage_full"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// What happened, in a sentence that anybody may read.
    pub fn title(&self) -> String {
        match self {
            Self::NotFound => "There is no such thing here.".into(),
            Self::Unauthorized("totp_required") => "Give the code of your authenticator app as well.".into(),
            Self::Unauthorized("invalid_credentials") => {
                "The e-mail address, the password or the code is wrong.".into()
            }
            Self::Unauthorized(_) => "Sign in again.".into(),
            Self::Forbidden => "Your role does not allow this.".into(),
            Self::ScopeMissing(scope) => format!("This API key lacks the scope {scope}."),
            Self::Invalid { field, message } => format!("{field}: {message}"),
            Self::Closed { title, .. } | Self::Conflict { title, .. } => (*title).into(),
            Self::Unconditional => "Send If-Match with the ETag that you saw.".into(),
            Self::Stale => "It was changed in the meantime; fetch it again.".into(),
            Self::Refused { .. } => "This customer may not be contacted now.".into(),
            Self::TooMany { retry_after } => format!("Too many tries; wait {retry_after} s."),
            Self::TooLarge => "The request is larger than allowed.".into(),
            Self::Unavailable(what) => (*what).into(),
            Self::Contended(_) => "Too much at once changes the same; try again.".into(),
            Self::StorageFull => "The disk of the daemon is full; nothing was stored.".into(),
            Self::Internal(_) => "Something failed on our side; the log has the details.".into(),
        }
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::NotFound,
            DbError::Full => Self::StorageFull,
            DbError::Busy(cause) => {
                tracing::warn!(%cause, "the database is busy or away");
                Self::Unavailable("The database is busy or away; try again.")
            }
            DbError::Contended(cause) => Self::Contended(cause),
            DbError::ReadOnly => Self::Unavailable("The database takes no writes now; try again."),
            DbError::Stopped => Self::Unavailable("The daemon is stopping; try again."),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Role => Self::Forbidden,
            Denied::Scope(scope) => Self::ScopeMissing(scope),
            Denied::TotpMissing => Self::Closed {
                code: "totp_setup_required",
                title: "Your organization asks everybody for a second factor; set yours up first.",
            },
            Denied::Key => {
                Self::Closed { code: "person_required", title: "An API key cannot do this; sign in." }
            }
        }
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::internal(error)
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Db(error) => error.into(),
            KeyError::Seal(error) => error.into(),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        let mut problem = Problem::new(status.as_u16(), code, self.title());
        let (mut retry, contended) = (None, matches!(self, Self::Contended(_)));
        match self {
            Self::Invalid { field, .. } => problem.field = Some(field),
            Self::Conflict { existing, .. } => problem.existing_id = existing,
            Self::Refused { reasons, next_allowed_at } => {
                problem.reasons = reasons;
                problem.next_allowed_at = next_allowed_at;
            }
            Self::TooMany { retry_after } => retry = Some(retry_after),
            Self::Unavailable(_) | Self::Contended(_) => retry = Some(1),
            Self::Internal(cause) => tracing::error!(%cause, "request failed"),
            _ => {}
        }
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if contended {
            response.extensions_mut().insert(Contended);
        }
        response
    }
}
