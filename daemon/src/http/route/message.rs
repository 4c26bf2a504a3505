//! Sending a text, taking it back, settling an unknown one.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap};
use lotline_common::{
    LeadId, TurnId,
    api::{
        message::{Recalled, ResolveMessage, SendMessage},
        turn::Turn,
    },
};

use crate::{
    action::{recall_message, resolve_message, send_message},
    app::App,
    domain::permission::Agent,
    error::{Error, Result},
    http::{
        answer::Accepted,
        extract::{Json, Path},
        once::IdempotencyKey,
    },
};

/// Sends a text: held for the undo window, then queued.
#[utoipa::path(
    post, path = "", security(("bearer" = ["agent", "messages:send"])),
    params(IdempotencyKey),
    responses(
        (status = 409, description = "`thread_changed`: somebody spoke since `expected_turn`."),
        (status = 422, description = "`refused_by_gate`, with the reasons.")
    )
)]
pub async fn send(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(lead): Path<LeadId>,
    headers: HeaderMap,
    Json(message): Json<SendMessage>,
) -> Result<Accepted<Turn>> {
    if let Some(key) = headers.get("idempotency-key")
        && key.to_str().ok() != Some(message.client_id.to_string().as_str())
    {
        return Err(Error::invalid(
            "Idempotency-Key",
            "must be the client_id of the message, or be left out",
        ));
    }
    Ok(Accepted(send_message::run(&app, &agent, lead, message).await?))
}

/// Takes a message back inside its undo window: it is a draft again.
#[utoipa::path(
    post, path = "", security(("bearer" = ["agent", "messages:send"])),
    params(IdempotencyKey),
    responses((status = 409, description = "It is past the undo window."))
)]
pub async fn recall(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(turn): Path<TurnId>,
) -> Result<Json<Recalled>> {
    let draft = recall_message::run(&app, &agent, turn).await?;
    Ok(Json(Recalled { draft }))
}

/// Settles a message whose outcome is unknown.
#[utoipa::path(
    post, path = "", security(("bearer" = ["agent", "messages:send"])),
    params(IdempotencyKey),
    responses((status = 409, description = "Its outcome is known."))
)]
pub async fn resolve(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(turn): Path<TurnId>,
    Json(wish): Json<ResolveMessage>,
) -> Result<Json<Turn>> {
    Ok(Json(resolve_message::run(&app, &agent, turn, wish.resolution).await?))
}
