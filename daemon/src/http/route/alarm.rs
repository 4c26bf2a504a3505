//! What is wrong with the desk right now.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{Page, api::alarm::Alarm};

use crate::{app::App, db::Scope, domain::permission::Viewer, error::Result, http::extract::Json, store};

/// Open alarms, of the organization and of the whole installation, the oldest first.
#[utoipa::path(get, path = "", security(("bearer" = ["viewer", "settings:read"])))]
pub async fn list(State(app): State<Arc<App>>, viewer: Viewer) -> Result<Json<Page<Alarm>>> {
    let mut tx = app.db.ask(Scope::Org(viewer.org)).await?;
    let mut items = store::alarm::list(&mut tx, viewer.org).await?;
    items.extend(app.alarms.open());
    items.sort_by_key(|alarm| alarm.since);
    Ok(Json(Page { items, next_cursor: None }))
}
