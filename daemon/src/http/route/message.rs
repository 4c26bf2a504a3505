//! Sending a text, taking it back, settling an unknown one.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
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
    http::extract::{Json, Path},
};

/// The `client_id` is the intent; an `Idempotency-Key` must name the same one.
pub async fn send(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(lead): Path<LeadId>,
    headers: HeaderMap,
    Json(message): Json<SendMessage>,
) -> Result<Response> {
    if let Some(key) = headers.get("idempotency-key")
        && key.to_str().ok() != Some(message.client_id.to_string().as_str())
    {
        return Err(Error::invalid(
            "Idempotency-Key",
            "must be the client_id of the message, or be left out",
        ));
    }
    let turn = send_message::run(&app, &agent, lead, message).await?;
    Ok((StatusCode::ACCEPTED, Json(turn)).into_response())
}

pub async fn recall(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(turn): Path<TurnId>,
) -> Result<Json<Recalled>> {
    let draft = recall_message::run(&app, &agent, turn).await?;
    Ok(Json(Recalled { draft }))
}

pub async fn resolve(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(turn): Path<TurnId>,
    Json(wish): Json<ResolveMessage>,
) -> Result<Json<Turn>> {
    Ok(Json(resolve_message::run(&app, &agent, turn, wish.resolution).await?))
}
