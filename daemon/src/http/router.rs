//! Every route on one page, grouped by who calls and how its body is bounded.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, map_request},
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post, put},
};
use lotline_common::Problem;

use super::{
    envelope, patience,
    route::{
        application, audit, auth, draft, event, floor, health, lead, me, message, organization, retention,
    },
    webhook::twilio,
};
use crate::{app::App, error::Error, limits};

/// The daemon's HTTP surface.
pub fn router(app: Arc<App>) -> Router {
    let api = Router::new()
        .route("/api/v1/auth/signup", post(auth::up))
        .route("/api/v1/auth/login", post(auth::log_in))
        .route("/api/v1/auth/refresh", post(auth::refresh))
        .route("/api/v1/auth/logout", post(auth::out))
        .route("/api/v1/auth/switch", post(auth::switch))
        .route("/api/v1/me", get(me::me))
        .route("/api/v1/me/password", post(me::password))
        .route("/api/v1/organization", get(organization::organization))
        .route("/api/v1/members", get(organization::members))
        .route("/api/v1/carrier", get(organization::carrier).put(organization::put_carrier))
        .route("/api/v1/agent-profile", get(organization::agent_profile).put(organization::put_agent_profile))
        .route("/api/v1/phone-numbers", get(organization::numbers).post(organization::post_number))
        .route("/api/v1/phone-numbers/{id}", delete(organization::delete_number))
        .route("/api/v1/retention", get(retention::show).put(retention::set))
        .route("/api/v1/audit", get(audit::list))
        .route("/api/v1/leads", get(lead::list).post(lead::create))
        .route("/api/v1/leads/{id}", get(lead::show).patch(lead::edit).delete(lead::erase))
        .route("/api/v1/leads/{id}/legal-hold", put(lead::hold).delete(lead::lift_hold))
        .route("/api/v1/leads/{id}/timeline", get(lead::timeline))
        .route("/api/v1/leads/{id}/application", get(application::show).put(application::set))
        .route("/api/v1/leads/{id}/application/completeness", get(application::completeness))
        .route("/api/v1/leads/{id}/audit", get(audit::of_lead))
        .route("/api/v1/leads/{id}/notes", post(lead::note))
        .route("/api/v1/leads/{id}/floor", post(floor::set))
        .route("/api/v1/leads/{id}/contact-check", post(lead::contact_check))
        .route("/api/v1/leads/{id}/consents", get(lead::consents).post(lead::record_consent))
        .route("/api/v1/leads/{id}/drafts", get(draft::list))
        .route("/api/v1/drafts/{id}", patch(draft::edit).delete(draft::discard))
        .route("/api/v1/drafts/{id}/send", post(draft::send))
        .route("/api/v1/leads/{id}/messages", post(message::send))
        .route("/api/v1/messages/{id}/recall", post(message::recall))
        .route("/api/v1/messages/{id}/resolve", post(message::resolve));
    let webhooks = Router::new()
        .route("/api/webhooks/twilio/sms/incoming", post(twilio::incoming))
        .route("/api/webhooks/twilio/sms/status/{token}", post(twilio::status));
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
