//! Who may speak next.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{
    LeadId,
    api::lead::{FloorChanged, SetFloor},
};

use crate::{
    action::set_floor,
    app::App,
    domain::permission::Agent,
    error::Result,
    http::{
        extract::{Json, Path},
        once::IdempotencyKey,
    },
};

/// Takes the floor, gives it away or pauses the conversation.
#[utoipa::path(
    post, path = "", security(("bearer" = ["agent", "leads:write"])),
    params(IdempotencyKey),
    responses((status = 409, description = "`floor_changed`: the fence is not the present one."))
)]
pub async fn set(
    State(app): State<Arc<App>>,
    agent: Agent,
    Path(lead): Path<LeadId>,
    Json(wish): Json<SetFloor>,
) -> Result<Json<FloorChanged>> {
    Ok(Json(set_floor::run(&app, &agent, lead, wish).await?))
}
