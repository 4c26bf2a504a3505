//! A customer's application: what is filled for those who work with them, what stands in it for managers.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{
    LeadId,
    api::application::{Application, Completeness, SetApplication},
};

use crate::{
    action::{read_application, set_application},
    app::App,
    db::Scope,
    domain::permission::{Manager, Viewer},
    error::Result,
    http::{
        answer::Private,
        extract::{Json, Path},
    },
    store,
};

/// What the customer told, in the clear; every call is told in the audit log.
#[utoipa::path(get, path = "", security(("bearer" = ["manager", "applications:read"])))]
pub async fn show(
    State(app): State<Arc<App>>,
    manager: Manager,
    Path(lead): Path<LeadId>,
) -> Result<Private<Application>> {
    Ok(Private(read_application::run(&app, &manager, lead).await?))
}

/// Fills or empties fields.
#[utoipa::path(put, path = "", security(("bearer" = ["manager", "applications:write"])))]
pub async fn set(
    State(app): State<Arc<App>>,
    manager: Manager,
    Path(lead): Path<LeadId>,
    Json(wish): Json<SetApplication>,
) -> Result<Json<Completeness>> {
    Ok(Json(set_application::run(&app, &manager, lead, wish).await?))
}

/// Which fields are filled and what to ask next.
#[utoipa::path(get, path = "", security(("bearer" = ["viewer", "applications:read"])))]
pub async fn completeness(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(lead): Path<LeadId>,
) -> Result<Json<Completeness>> {
    let mut tx = app.db.read(Scope::Org(viewer.org)).await?;
    store::lead::exists(&mut tx, viewer.org, lead).await?;
    let filled = store::application::filled(&mut tx, viewer.org, lead).await?;
    Ok(Json(Completeness::of(&filled)))
}
