//! Every route on one page, grouped by who calls and how its body is bounded.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, map_request},
    response::{IntoResponse, Response},
    routing::get,
};
use lotline_common::Problem;

use super::{
    envelope, patience,
    route::{event, health, lead},
};
use crate::{app::App, error::Error, limits};

/// The daemon's HTTP surface.
pub fn router(app: Arc<App>) -> Router {
    let api = Router::new()
        .route("/api/v1/leads", get(lead::list))
        .route("/api/v1/leads/{id}", get(lead::show))
        .route("/api/v1/leads/{id}/timeline", get(lead::timeline))
        .route("/api/v1/leads/{id}/drafts", get(lead::drafts))
        .route("/api/v1/leads/{id}/consents", get(lead::consents));
    let webhooks = Router::new();
    // Answers that do not end: no limit around them counts bytes or time.
    let streams = Router::new().route("/api/v1/events", get(event::stream));
    let operations = Router::new().route("/healthz", get(health::alive)).route("/readyz", get(health::ready));
    Router::new()
        .merge(bounded(api, limits::API_BODY))
        .merge(bounded(webhooks, limits::WEBHOOK_BODY))
        .merge(streams)
        .merge(bounded(operations, 0))
        .fallback(absent)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(envelope::wrap))
        .with_state(app)
}

/// Routes whose bodies have a largest size and a time to arrive.
fn bounded(routes: Router<Arc<App>>, bytes: usize) -> Router<Arc<App>> {
    routes.layer(DefaultBodyLimit::max(bytes)).layer(map_request(async |request| patience::limit(request)))
}

async fn absent() -> Error {
    Error::NotFound
}

/// The router adds `Allow`.
async fn wrong_method() -> Response {
    envelope::problem(&Problem::new(405, "method_not_allowed", "This path does not do that.")).into_response()
}
