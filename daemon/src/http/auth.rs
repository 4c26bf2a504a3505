//! Who is calling. A handler names the role it needs as an argument type.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use futures::future::BoxFuture;

use crate::{
    app::App,
    domain::permission::{Principal, Viewer},
    error::{Error, Result},
};

/// Turns a bearer token into its principal.
pub trait SignIn: Send + Sync {
    fn principal<'a>(&'a self, bearer: &'a str) -> BoxFuture<'a, Result<Principal>>;
}

impl FromRequestParts<Arc<App>> for Viewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self> {
        let bearer = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(Error::Unauthorized("unauthorized"))?;
        let principal = app.sign_in.principal(bearer).await?;
        Self::try_from(principal).map_err(|_denied| Error::Forbidden)
    }
}
