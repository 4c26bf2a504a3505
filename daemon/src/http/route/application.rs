//! A customer's application: what is filled for those who work with them, what stands in it for managers.

use std::sync::Arc;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use lotline_common::{
    LeadId,
    api::application::{Completeness, SetApplication},
};

use crate::{
    action::{read_application, set_application},
    app::App,
    db::Scope,
    domain::permission::{Manager, Viewer},
    error::Result,
    http::extract::{Json, Path},
    store,
};

/// Nobody on the way may keep it.
pub async fn show(
    State(app): State<Arc<App>>,
    manager: Manager,
    Path(lead): Path<LeadId>,
) -> Result<Response> {
    let application = read_application::run(&app, &manager, lead).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(application)).into_response())
}

pub async fn set(
    State(app): State<Arc<App>>,
    manager: Manager,
    Path(lead): Path<LeadId>,
    Json(wish): Json<SetApplication>,
) -> Result<Json<Completeness>> {
    Ok(Json(set_application::run(&app, &manager, lead, wish).await?))
}

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
