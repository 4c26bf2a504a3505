//! Who asks, and in which role: the argument types of handlers.
//!
//! The credential is an `Authorization: Bearer` header and nothing else: an access token, or an API key, which begins
//! with `lk_`. The organization comes from it. The role is the one of now, not the one that it was made with. A key
//! that was narrowed to scopes meets the route's scope here.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::{demand::Needed, once::Asked};
use crate::{
    app::App,
    domain::permission::{Admin, Agent, Entrant, Manager, Person, Principal, Viewer},
    error::{Error, Result},
    http::client_address::origin,
    opaque,
};

const UNAUTHORIZED: Error = Error::Unauthorized("unauthorized");

/// The member whose token or key the request carries.
pub async fn principal(app: &App, parts: &Parts) -> Result<Principal> {
    let token = bearer(&parts.headers).ok_or(UNAUTHORIZED)?;
    let found = if token.starts_with(opaque::KEY_PREFIX) {
        let id = opaque::key_id(token).ok_or(UNAUTHORIZED)?;
        app.sessions.of_key(id, &opaque::hash(token)).await?
    } else {
        let claims = app.tokens.verify(token, app.clock.now())?;
        app.sessions.of_session(claims.sid, claims.sub, claims.org).await?
    };
    let member = found.ok_or(UNAUTHORIZED)?;
    member.reaches(parts.extensions.get::<Needed>().map(|Needed(scope)| *scope))?;
    Ok(Principal { origin: origin(app, parts), ..member })
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
                let mut principal = principal(app, parts).await?;
                app.rates.member(&principal, &parts.method)?;
                principal.once = parts.extensions.get::<Asked>().map(|asked| asked.by(&principal));
                Ok(Self::try_from(principal)?)
            }
        })+
    };
}

extract!(Viewer, Agent, Manager, Admin, Person, Entrant);
