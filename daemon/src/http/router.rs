//! Every route on one page, grouped by what a request passes on its way.
//!
//! To add a route: write the handler in `route/` under
//! `#[utoipa::path(METHOD, path = "", security(("bearer" = ["ROLE", "SCOPE"])))]` with the least role that its argument
//! (`Viewer` to `Admin`) lets in and the [`KeyScope`](lotline_common::api::api_key::KeyScope) that a narrowed key
//! needs,
//! `"session"` in place of `"bearer"` where the argument is a `Person` and no key comes in, or `security(())` for
//! everybody, and with `params(…)` for its query and `responses(…)` for refusals of its own. Let it return one of the
//! types of `answer`; add a line here; list a new answer type in `openapi::answers`. Then
//! `cargo run -p lotlined -- openapi > docs/openapi.json`.

use std::sync::Arc;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use lotline_common::Problem;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    browser, entry, envelope,
    openapi::{self, Described as _},
    route::{
        alarm, api_key, application, audit, auth, dead_letter, documentation, draft, event, floor, health,
        join, lead, lead_export, me, member, message, metrics, organization, retention,
    },
    webhook::twilio,
};
use crate::{app::App, error::Error};

type Routes = OpenApiRouter<Arc<App>>;

/// The daemon's HTTP surface.
pub fn router(app: Arc<App>) -> Router {
    let [calls, webhooks, others] = routes();
    let router = Router::from(calls.layer(from_fn_with_state(app.clone(), entry::call)))
        .merge(webhooks.layer(from_fn_with_state(app.clone(), entry::webhook)))
        .merge(others)
        .fallback(absent)
        .method_not_allowed_fallback(wrong_method);
    browser::admit(router, &app.config).layer(from_fn(envelope::wrap)).with_state(app)
}

/// The description of every route.
pub fn document() -> OpenApi {
    let all = Routes::with_openapi(openapi::base());
    routes().into_iter().fold(all, Routes::merge).into_openapi()
}

/// Calls of the API, webhooks and the others: answers that do not end, and operations. A route that takes a body is a call or
/// a webhook, whose bodies are bounded.
fn routes() -> [Routes; 3] {
    let calls = Routes::default()
        .at("/api/v1/auth/signup", routes!(auth::up))
        .at("/api/v1/auth/login", routes!(auth::log_in))
        .at("/api/v1/auth/invites/show", routes!(auth::show_invite))
        .at("/api/v1/auth/invites/accept", routes!(auth::accept_invite))
        .at("/api/v1/auth/refresh", routes!(auth::refresh))
        .at("/api/v1/auth/logout", routes!(auth::out))
        .at("/api/v1/auth/switch", routes!(auth::switch))
        .at("/api/v1/me", routes!(me::me))
        .at("/api/v1/me/password", routes!(me::password))
        .at("/api/v1/me/totp", routes!(me::set_up_totp, me::remove_totp))
        .at("/api/v1/me/totp/confirm", routes!(me::confirm_totp))
        .at("/api/v1/me/recovery-codes", routes!(me::renew_recovery_codes))
        .at("/api/v1/me/sessions", routes!(me::sessions, me::end_other_sessions))
        .at("/api/v1/me/sessions/{id}", routes!(me::end_session))
        .at("/api/v1/organization", routes!(organization::organization, organization::edit_organization))
        .at("/api/v1/members", routes!(member::members))
        .at("/api/v1/members/{id}", routes!(member::edit_member, member::remove_member))
        .at("/api/v1/invites", routes!(member::invites, member::invite))
        .at("/api/v1/invites/{id}", routes!(member::revoke_invite))
        .at("/api/v1/api-keys", routes!(api_key::list, api_key::make))
        .at("/api/v1/api-keys/{id}", routes!(api_key::revoke))
        .at("/api/v1/carrier", routes!(organization::carrier, organization::put_carrier))
        .at("/api/v1/agent-profile", routes!(organization::agent_profile, organization::put_agent_profile))
        .at("/api/v1/phone-numbers", routes!(organization::numbers, organization::post_number))
        .at("/api/v1/phone-numbers/{id}", routes!(organization::edit_number, organization::delete_number))
        .at("/api/v1/retention", routes!(retention::show, retention::set))
        .at("/api/v1/audit", routes!(audit::list))
        .at("/api/v1/alarms", routes!(alarm::list))
        .at("/api/v1/dead-letters", routes!(dead_letter::list))
        .at("/api/v1/dead-letters/{id}/retry", routes!(dead_letter::retry))
        .at("/api/v1/dead-letters/{id}/give-up", routes!(dead_letter::give_up))
        .at("/api/v1/leads", routes!(lead::list, lead::create))
        .at("/api/v1/leads/{id}", routes!(lead::show, lead::edit, lead::erase))
        .at("/api/v1/leads/{id}/legal-hold", routes!(lead::hold, lead::lift_hold))
        .at("/api/v1/leads/{id}/application", routes!(application::show, application::set))
        .at("/api/v1/leads/{id}/application/completeness", routes!(application::completeness))
        .at("/api/v1/leads/{id}/audit", routes!(audit::of_lead))
        .at("/api/v1/leads/{id}/export", routes!(lead_export::export))
        .at("/api/v1/leads/{id}/timeline", routes!(lead::timeline))
        .at("/api/v1/leads/{id}/notes", routes!(lead::note))
        .at("/api/v1/leads/{id}/floor", routes!(floor::set))
        .at("/api/v1/leads/{id}/contact-check", routes!(lead::contact_check))
        .at("/api/v1/leads/{id}/consents", routes!(lead::consents, lead::record_consent))
        .at("/api/v1/leads/{id}/drafts", routes!(draft::list))
        .at("/api/v1/drafts/{id}", routes!(draft::edit, draft::discard))
        .at("/api/v1/drafts/{id}/send", routes!(draft::send))
        .at("/api/v1/leads/{id}/messages", routes!(message::send))
        .at("/api/v1/messages/{id}/recall", routes!(message::recall))
        .at("/api/v1/messages/{id}/resolve", routes!(message::resolve));
    let webhooks = Routes::default()
        .at("/api/webhooks/twilio/sms/incoming", routes!(twilio::incoming))
        .at("/api/webhooks/twilio/sms/status/{token}", routes!(twilio::status));
    // A thousand consoles come back at once after a restart: streams are counted by their seats, not by address.
    let others = Routes::default()
        .at("/api/v1/events", routes!(event::stream))
        .at("/healthz", routes!(health::alive))
        .at("/readyz", routes!(health::ready))
        .at("/metrics", routes!(metrics::show))
        .at("/openapi.json", routes!(documentation::json))
        .at("/join", routes!(join::page))
        .at("/docs", routes!(documentation::page))
        .at("/docs/{part}", routes!(documentation::part));
    [calls, webhooks, others]
}

async fn absent() -> Error {
    Error::NotFound
}

/// The router adds `Allow`.
async fn wrong_method() -> Response {
    envelope::problem(&Problem::new(405, "method_not_allowed", "This path does not do that.")).into_response()
}
