//! Work that was given up: list, try again, let go.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{JobId, Page, api::dead_letter::DeadLetter};

use super::whole;
use crate::{
    action::{give_up_job, retry_job},
    app::App,
    db::Scope,
    domain::permission::{Agent, Viewer},
    error::Result,
    http::{
        answer::NoContent,
        extract::{Json, Path},
        once::IdempotencyKey,
    },
    store,
};

/// Work that was given up after its last attempt, the newest first.
#[utoipa::path(get, path = "", security(("bearer" = ["viewer", "leads:read"])))]
pub async fn list(State(app): State<Arc<App>>, viewer: Viewer) -> Result<Json<Page<DeadLetter>>> {
    let mut tx = app.db.ask(Scope::Org(viewer.org)).await?;
    Ok(whole(store::dead_letter::list(&mut tx, viewer.org).await?))
}

/// Tries it again. A text still meets the gate and the floor, and one that may have left is looked for, not sent.
#[utoipa::path(post, path = "", params(IdempotencyKey), security(("bearer" = ["agent", "messages:send"])))]
pub async fn retry(State(app): State<Arc<App>>, agent: Agent, Path(id): Path<JobId>) -> Result<NoContent> {
    retry_job::run(&app, &agent, id).await?;
    Ok(NoContent)
}

/// Lets it go: a text that has not left fails, a customer the AI did not answer is handed to a person.
#[utoipa::path(post, path = "", params(IdempotencyKey), security(("bearer" = ["agent", "messages:send"])))]
pub async fn give_up(State(app): State<Arc<App>>, agent: Agent, Path(id): Path<JobId>) -> Result<NoContent> {
    give_up_job::run(&app, &agent, id).await?;
    Ok(NoContent)
}
