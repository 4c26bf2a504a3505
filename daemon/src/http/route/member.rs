//! `/api/v1/members` and `/api/v1/invites`: who belongs to an organization, and how somebody comes to.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use lotline_common::{
    InviteId, Page, UserId,
    api::{
        invite::{Invite, OpenInvite},
        organization::{EditMember, Member},
    },
};

use super::whole;
use crate::{
    action::{edit_member, invite_person, remove_member, revoke_invite},
    app::App,
    db::Scope,
    domain::permission::{Admin, Manager, Viewer},
    error::Result,
    http::extract::{Json, Path},
    store,
};

pub async fn members(State(app): State<Arc<App>>, viewer: Viewer) -> Result<Json<Page<Member>>> {
    let mut tx = app.db.read(Scope::Org(viewer.org)).await?;
    Ok(whole(store::member::all(&mut tx, viewer.org).await?))
}

pub async fn edit_member(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<UserId>,
    Json(wish): Json<EditMember>,
) -> Result<Json<Member>> {
    Ok(Json(edit_member::run(&app, &admin, id, wish).await?))
}

pub async fn remove_member(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<UserId>,
) -> Result<StatusCode> {
    remove_member::run(&app, &admin, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn invites(State(app): State<Arc<App>>, manager: Manager) -> Result<Json<Page<OpenInvite>>> {
    let mut tx = app.db.read(Scope::Org(manager.org)).await?;
    Ok(whole(store::invite::open(&mut tx, manager.org, app.clock.now()).await?))
}

pub async fn invite(
    State(app): State<Arc<App>>,
    manager: Manager,
    Json(asked): Json<Invite>,
) -> Result<Response> {
    let invite = invite_person::run(&app, &manager, asked).await?;
    Ok((StatusCode::CREATED, Json(invite)).into_response())
}

pub async fn revoke_invite(
    State(app): State<Arc<App>>,
    manager: Manager,
    Path(id): Path<InviteId>,
) -> Result<StatusCode> {
    revoke_invite::run(&app, &manager, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
