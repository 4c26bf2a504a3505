//! Who asks, and in which role: the argument types of handlers.
//!
//! The credential is an `Authorization: Bearer` header and nothing else; the organization comes from the token. The
//! role is the one of now, not the one that the token was made with.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::once::Asked;
use crate::{
    app::App,
    domain::permission::{Admin, Agent, Manager, Principal, Viewer},
    error::{Error, Result},
};

const UNAUTHORIZED: Error = Error::Unauthorized("unauthorized");

/// The member whose token the request carries.
pub async fn principal(app: &App, headers: &HeaderMap) -> Result<Principal> {
    let token = bearer(headers).ok_or(UNAUTHORIZED)?;
    let claims = app.tokens.verify(token, app.clock.now())?;
    let found = app.sessions.principal(claims.sid, claims.sub, claims.org).await?;
    found.ok_or(UNAUTHORIZED)
}

/// The token of the one `Authorization` header. Two of them are as good as none.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then_some(token)
}

macro_rules! extract {
    ($($role:ident),+) => {
        $(impl FromRequestParts<Arc<App>> for $role {
            type Rejection = Error;

            async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
                let mut principal = principal(app, &parts.headers).await?;
                app.rates.member(&principal, &parts.method)?;
                principal.once = parts.extensions.get::<Asked>().map(|asked| asked.by(&principal));
                Self::try_from(principal).map_err(|_denied| Error::Forbidden)
            }
        })+
    };
}

extract!(Viewer, Agent, Manager, Admin);
