//! What browsers are told: which other origins' pages may call us, and never to come back unencrypted.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method, header},
};
use tower_http::{cors::CorsLayer, set_header::SetResponseHeaderLayer};
use url::Url;

use crate::{app::App, config::Config};

/// A browser may rely on a preflight this long.
const PREFLIGHT: Duration = Duration::from_mins(10);
const YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Puts what the settings say around the routes. Without a list of origins, no page of another origin gets in.
pub(super) fn admit(router: Router<Arc<App>>, config: &Config) -> Router<Arc<App>> {
    let origins = &config.server.cors_origins;
    let router = if origins.is_empty() { router } else { router.layer(cors(origins)) };
    if config.tls.is_none() {
        return router;
    }
    router.layer(SetResponseHeaderLayer::overriding(header::STRICT_TRANSPORT_SECURITY, YEAR))
}

/// Without credentials: who calls is said by the bearer header and by nothing a browser adds by itself.
fn cors(origins: &[Url]) -> CorsLayer {
    let origin = |url: &Url| HeaderValue::from_str(&url.origin().ascii_serialization()).ok();
    let own = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(origins.iter().filter_map(origin).collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            own("idempotency-key"),
            own("last-event-id"),
        ])
        .expose_headers([header::ETAG, header::RETRY_AFTER, own("x-request-id")])
        .max_age(PREFLIGHT)
}
