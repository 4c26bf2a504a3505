//! Drafts: list, edit, discard, send.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use lotline_common::{
    DraftId, LeadId, Page,
    api::draft::{Draft, EditDraft},
};

use crate::{
    action::send_draft,
    app::App,
    db::Scope,
    domain::permission::{Agent, Viewer},
    error::Result,
    http::extract::{Json, Path},
    store,
};

pub async fn list(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(lead): Path<LeadId>,
) -> Result<Json<Page<Draft>>> {
    let mut tx = app.db.read(Scope::Org(viewer.org)).await?;
    store::lead::exists(&mut tx, viewer.org, lead).await?;
    let items = store::draft::list(&mut tx, viewer.org, lead).await?;
    Ok(Json(Page { items, next_cursor: None }))
}

pub async fn edit(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(draft): Path<DraftId>,
    Json(wish): Json<EditDraft>,
) -> Result<Json<Draft>> {
    Ok(Json(send_draft::edit(&app, &agent, draft, wish.text).await?))
}

pub async fn discard(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(draft): Path<DraftId>,
) -> Result<StatusCode> {
    send_draft::discard(&app, &agent, draft).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn send(State(app): State<Arc<App>>, agent: Agent, Path(draft): Path<DraftId>) -> Result<Response> {
    let turn = send_draft::run(&app, &agent, draft).await?;
    Ok((StatusCode::ACCEPTED, Json(turn)).into_response())
}
