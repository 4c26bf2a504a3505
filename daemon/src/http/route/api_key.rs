//! `/api/v1/api-keys`: keys with which other programs act for a member.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use lotline_common::{
    ApiKeyId, Page,
    api::api_key::{ApiKey, MakeApiKey},
};

use super::whole;
use crate::{
    action::{make_api_key, revoke_api_key},
    app::App,
    db::Scope,
    domain::permission::{Admin, Person},
    error::Result,
    http::extract::{Json, Path},
    store,
};

pub async fn list(State(app): State<Arc<App>>, admin: Admin) -> Result<Json<Page<ApiKey>>> {
    let mut tx = app.db.read(Scope::Org(admin.org)).await?;
    Ok(whole(store::api_key::list(&mut tx, admin.org, app.clock.now()).await?))
}

pub async fn make(
    State(app): State<Arc<App>>,
    admin: Admin,
    person: Person,
    Json(asked): Json<MakeApiKey>,
) -> Result<Response> {
    let key = make_api_key::run(&app, &admin, &person, asked).await?;
    Ok((StatusCode::CREATED, Json(key)).into_response())
}

pub async fn revoke(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<ApiKeyId>,
) -> Result<StatusCode> {
    revoke_api_key::run(&app, &admin, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
