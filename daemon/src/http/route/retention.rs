//! How long the organization keeps what.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{
    Page,
    api::retention::{Clock, SetRetention},
};

use crate::{
    action::set_retention, app::App, db::Scope, domain::permission::Admin, error::Result, http::extract::Json,
};

/// How long each class of records is kept.
#[utoipa::path(get, path = "", security(("bearer" = ["admin", "settings:read"])))]
pub async fn show(State(app): State<Arc<App>>, admin: Admin) -> Result<Json<Page<Clock>>> {
    let mut tx = app.db.read(Scope::Org(admin.org)).await?;
    let items = set_retention::clocks(&app, &mut tx, admin.org).await?;
    Ok(Json(Page { items, next_cursor: None }))
}

/// Changes it, within the limits of the law.
#[utoipa::path(put, path = "", security(("bearer" = ["admin", "settings:write"])))]
pub async fn set(
    State(app): State<Arc<App>>,
    admin: Admin,
    Json(wish): Json<SetRetention>,
) -> Result<Json<Page<Clock>>> {
    Ok(Json(Page { items: set_retention::run(&app, &admin, wish).await?, next_cursor: None }))
}
