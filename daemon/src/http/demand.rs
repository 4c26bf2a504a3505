//! What a route's description demands of every request: the query parameters that it knows, the scope that a key needs.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use lotline_common::api::api_key::KeyScope;

use super::extract::is_plain_name;
use crate::error::{Error, Result};

/// The demands of one method.
#[derive(Debug)]
pub(super) struct Demand {
    /// As HTTP writes it.
    pub(super) method: &'static str,
    pub(super) scope: Option<KeyScope>,
    /// Names of query parameters.
    pub(super) query: Vec<String>,
}

/// Those of all methods of a route.
pub(super) type Demands = Arc<[Demand]>;

/// The scope of the route that a request is for, until it is known who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needed(pub(super) KeyScope);

/// Refuses a parameter that the route does not know: a filter that is mistyped and passed over shows too much.
pub(super) async fn meet(
    State(demands): State<Demands>,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    let method = if request.method() == Method::HEAD { "GET" } else { request.method().as_str() };
    if let Some(demand) = demands.iter().find(|demand| demand.method == method) {
        check(request.uri().query().unwrap_or_default(), &demand.query)?;
        if let Some(scope) = demand.scope {
            request.extensions_mut().insert(Needed(scope));
        }
    }
    Ok(next.run(request).await)
}

fn check(query: &str, known: &[String]) -> Result<()> {
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    let Some(unknown) = names.find(|name| known.iter().all(|known| known != name)) else {
        return Ok(());
    };
    let field = if is_plain_name(&unknown) { unknown.into_owned() } else { "query".to_owned() };
    let expected = match known {
        [] => "no query parameter".to_owned(),
        known => format!("`{}`", known.join("`, `")),
    };
    Err(Error::invalid(field, format!("is not known here; expected {expected}")))
}
