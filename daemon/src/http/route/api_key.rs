//! `/api/v1/api-keys`: keys with which other programs act for a member.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{
    ApiKeyId, Page,
    api::api_key::{ApiKey, MakeApiKey, NewApiKey},
};

use super::whole;
use crate::{
    action::{make_api_key, revoke_api_key},
    app::App,
    db::Scope,
    domain::permission::{Admin, Person},
    error::Result,
    http::{
        answer::{Created, NoContent},
        extract::{Json, Path},
        once::IdempotencyKey,
    },
    store,
};

/// The API keys that can still be used.
#[utoipa::path(get, path = "", security(("bearer" = ["admin", "members:read"])))]
pub async fn list(State(app): State<Arc<App>>, admin: Admin) -> Result<Json<Page<ApiKey>>> {
    let mut tx = app.db.ask(Scope::Org(admin.org)).await?;
    Ok(whole(store::api_key::list(&mut tx, admin.org, app.clock.now()).await?))
}

/// Makes an API key; its text is told once.
#[utoipa::path(
    post, path = "", params(IdempotencyKey), security(("session" = ["admin"])),
    responses((status = 409, description = "`too_many_keys`."))
)]
pub async fn make(
    State(app): State<Arc<App>>,
    admin: Admin,
    person: Person,
    Json(asked): Json<MakeApiKey>,
) -> Result<Created<NewApiKey>> {
    Ok(Created(make_api_key::run(&app, &admin, &person, asked).await?))
}

/// Revokes an API key and ends its streams.
#[utoipa::path(delete, path = "", security(("bearer" = ["admin", "members:write"])))]
pub async fn revoke(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<ApiKeyId>,
) -> Result<NoContent> {
    revoke_api_key::run(&app, &admin, id).await?;
    Ok(NoContent)
}
