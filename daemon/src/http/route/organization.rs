//! An organization and its own things: numbers, carrier account, agent profile.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{
    Page, PhoneNumberId,
    api::{
        auth::Organization,
        organization::{
            AddNumber, AgentProfile, Carrier, EditNumber, EditOrganization, OwnNumber, SetAgentProfile,
            SetCarrier,
        },
    },
};

use super::whole;
use crate::{
    action::{add_number, edit_number, edit_organization, remove_number, set_agent_profile, set_carrier},
    app::App,
    db::Scope,
    domain::permission::{Admin, Viewer},
    error::Result,
    http::{
        answer::{Created, NoContent},
        extract::{Json, Path},
        once::IdempotencyKey,
    },
    store,
};

/// The organization of the token.
#[utoipa::path(get, path = "", security(("bearer" = ["viewer", "settings:read"])))]
pub async fn organization(State(app): State<Arc<App>>, viewer: Viewer) -> Result<Json<Organization>> {
    let mut tx = app.db.ask(Scope::Org(viewer.org)).await?;
    let found = store::organization::find(&mut tx, viewer.org).await?;
    Ok(Json(found.public))
}

/// Changes the organization.
#[utoipa::path(
    patch, path = "", security(("bearer" = ["admin", "settings:write"])),
    responses((status = 409, description = "`totp_first`: whoever demands a second factor sets up their own before."))
)]
pub async fn edit_organization(
    State(app): State<Arc<App>>,
    admin: Admin,
    Json(wish): Json<EditOrganization>,
) -> Result<Json<Organization>> {
    Ok(Json(edit_organization::run(&app, &admin, wish).await?))
}

/// The carrier account, without its secrets.
#[utoipa::path(
    get, path = "", security(("bearer" = ["viewer", "settings:read"])),
    responses((status = 404, description = "There is none yet."))
)]
pub async fn carrier(State(app): State<Arc<App>>, viewer: Viewer) -> Result<Json<Carrier>> {
    let mut tx = app.db.ask(Scope::Org(viewer.org)).await?;
    let account = store::carrier_account::live(&mut tx, viewer.org).await?;
    Ok(Json(set_carrier::public(&account)))
}

/// Replaces the carrier account.
#[utoipa::path(put, path = "", security(("bearer" = ["admin", "settings:write"])))]
pub async fn put_carrier(
    State(app): State<Arc<App>>,
    admin: Admin,
    Json(asked): Json<SetCarrier>,
) -> Result<Json<Carrier>> {
    Ok(Json(set_carrier::run(&app, admin.org, asked, admin.actor()).await?))
}

/// How the AI behaves.
#[utoipa::path(
    get, path = "", security(("bearer" = ["viewer", "settings:read"])),
    responses((status = 404, description = "There is none yet."))
)]
pub async fn agent_profile(State(app): State<Arc<App>>, viewer: Viewer) -> Result<Json<AgentProfile>> {
    let mut tx = app.db.ask(Scope::Org(viewer.org)).await?;
    let profile = store::agent_profile::live(&mut tx, viewer.org).await?;
    Ok(Json(set_agent_profile::public(&profile)))
}

/// Replaces how the AI behaves.
#[utoipa::path(put, path = "", security(("bearer" = ["admin", "settings:write"])))]
pub async fn put_agent_profile(
    State(app): State<Arc<App>>,
    admin: Admin,
    Json(asked): Json<SetAgentProfile>,
) -> Result<Json<AgentProfile>> {
    Ok(Json(set_agent_profile::run(&app, admin.org, asked, admin.actor()).await?))
}

/// The organization's own numbers.
#[utoipa::path(get, path = "", security(("bearer" = ["viewer", "settings:read"])))]
pub async fn numbers(State(app): State<Arc<App>>, viewer: Viewer) -> Result<Json<Page<OwnNumber>>> {
    let mut tx = app.db.ask(Scope::Org(viewer.org)).await?;
    Ok(whole(store::phone_number::list(&mut tx, viewer.org).await?))
}

/// Adds an own number.
#[utoipa::path(
    post, path = "", security(("bearer" = ["admin", "settings:write"])),
    params(IdempotencyKey),
    responses((status = 409, description = "`number_taken`: an organization holds it already."))
)]
pub async fn post_number(
    State(app): State<Arc<App>>,
    admin: Admin,
    Json(asked): Json<AddNumber>,
) -> Result<Created<OwnNumber>> {
    Ok(Created(add_number::run(&app, admin.org, asked, admin.actor(), admin.once.clone()).await?))
}

/// Changes what an own number is called and used for.
#[utoipa::path(patch, path = "", security(("bearer" = ["admin", "settings:write"])))]
pub async fn edit_number(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<PhoneNumberId>,
    Json(wish): Json<EditNumber>,
) -> Result<Json<OwnNumber>> {
    Ok(Json(edit_number::run(&app, &admin, id, wish).await?))
}

/// Gives an own number up.
#[utoipa::path(delete, path = "", security(("bearer" = ["admin", "settings:write"])))]
pub async fn delete_number(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<PhoneNumberId>,
) -> Result<NoContent> {
    remove_number::run(&app, admin.org, id, admin.actor()).await?;
    Ok(NoContent)
}
