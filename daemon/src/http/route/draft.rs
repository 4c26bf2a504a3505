//! Drafts: list, edit, discard, send.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{
    DraftId, LeadId, Page,
    api::{
        draft::{Draft, EditDraft},
        turn::Turn,
    },
};

use super::lead::tell_reading;
use crate::{
    action::send_draft,
    app::App,
    db::Scope,
    domain::permission::{Agent, Viewer},
    error::Result,
    http::{
        answer::{Accepted, NoContent},
        extract::{Json, Path},
        once::IdempotencyKey,
    },
    store,
};

/// Texts that wait for a person: proposed by the AI, kept or recalled.
#[utoipa::path(get, path = "", security(("bearer" = ["viewer", "leads:read"])))]
pub async fn list(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Path(lead): Path<LeadId>,
) -> Result<Json<Page<Draft>>> {
    let mut tx = app.db.read(Scope::Org(viewer.org)).await?;
    store::lead::exists(&mut tx, viewer.org, lead).await?;
    let items = store::draft::list(&mut tx, viewer.org, lead).await?;
    drop(tx);
    tell_reading(&app, &viewer, lead).await;
    Ok(Json(Page { items, next_cursor: None }))
}

/// Changes the text of a draft.
#[utoipa::path(patch, path = "", security(("bearer" = ["agent", "messages:send"])))]
pub async fn edit(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(draft): Path<DraftId>,
    Json(wish): Json<EditDraft>,
) -> Result<Json<Draft>> {
    Ok(Json(send_draft::edit(&app, &agent, draft, wish.text).await?))
}

/// Throws a draft away.
#[utoipa::path(delete, path = "", security(("bearer" = ["agent", "messages:send"])))]
pub async fn discard(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(draft): Path<DraftId>,
) -> Result<NoContent> {
    send_draft::discard(&app, &agent, draft).await?;
    Ok(NoContent)
}

/// Sends a draft as the member's own message.
#[utoipa::path(
    post, path = "", security(("bearer" = ["agent", "messages:send"])),
    params(IdempotencyKey),
    responses((status = 422, description = "`refused_by_gate`, with the reasons."))
)]
pub async fn send(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(draft): Path<DraftId>,
) -> Result<Accepted<Turn>> {
    Ok(Accepted(send_draft::run(&app, &agent, draft).await?))
}
