//! `/api/v1/members` and `/api/v1/invites`: who belongs to an organization, and how somebody comes to.

use std::sync::Arc;

use axum::extract::State;
use lotline_common::{
    InviteId, Page, UserId,
    api::{
        invite::{Invite, NewInvite, OpenInvite},
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
    http::{
        answer::{Created, NoContent},
        extract::{Json, Path},
        once::IdempotencyKey,
    },
    store,
};

/// The people of the organization, those who are shut out too.
#[utoipa::path(get, path = "", security(("bearer" = ["viewer", "members:read"])))]
pub async fn members(State(app): State<Arc<App>>, viewer: Viewer) -> Result<Json<Page<Member>>> {
    let mut tx = app.db.ask(Scope::Org(viewer.org)).await?;
    let mut members = store::member::all(&mut tx, viewer.org).await?;
    if !Manager::ROLES.contains(&viewer.role) {
        // Whose account one password opens is no business of everybody's.
        for member in &mut members {
            member.totp = None;
        }
    }
    Ok(whole(members))
}

/// Gives a member another role, or shuts them out and lets them in again.
#[utoipa::path(
    patch, path = "", security(("bearer" = ["admin", "members:write"])),
    responses((status = 409, description = "`last_admin`: make somebody else an admin first. `account_disabled`: \
        only whoever runs the installation can let them in again."))
)]
pub async fn edit_member(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<UserId>,
    Json(wish): Json<EditMember>,
) -> Result<Json<Member>> {
    Ok(Json(edit_member::run(&app, &admin, id, wish).await?))
}

/// Takes a member out of the organization; only a new invite brings them back.
#[utoipa::path(
    delete, path = "", security(("bearer" = ["admin", "members:write"])),
    responses((status = 409, description = "`last_admin`: make somebody else an admin first."))
)]
pub async fn remove_member(
    State(app): State<Arc<App>>,
    admin: Admin,
    Path(id): Path<UserId>,
) -> Result<NoContent> {
    remove_member::run(&app, &admin, id).await?;
    Ok(NoContent)
}

/// The invites that can still be used.
#[utoipa::path(get, path = "", security(("bearer" = ["manager", "members:read"])))]
pub async fn invites(State(app): State<Arc<App>>, manager: Manager) -> Result<Json<Page<OpenInvite>>> {
    let mut tx = app.db.ask(Scope::Org(manager.org)).await?;
    Ok(whole(store::invite::open(&mut tx, manager.org, app.clock.now()).await?))
}

/// Invites somebody; the token is told once. Managers invite agents and viewers, admins anybody.
#[utoipa::path(
    post, path = "", params(IdempotencyKey), security(("bearer" = ["manager", "members:write"])),
    responses((status = 409, description = "`already_member`, `invite_exists` or `too_many_invites`."))
)]
pub async fn invite(
    State(app): State<Arc<App>>,
    manager: Manager,
    Json(asked): Json<Invite>,
) -> Result<Created<NewInvite>> {
    Ok(Created(invite_person::run(&app, &manager, asked).await?))
}

/// Withdraws an invite.
#[utoipa::path(delete, path = "", security(("bearer" = ["manager", "members:write"])))]
pub async fn revoke_invite(
    State(app): State<Arc<App>>,
    manager: Manager,
    Path(id): Path<InviteId>,
) -> Result<NoContent> {
    revoke_invite::run(&app, &manager, id).await?;
    Ok(NoContent)
}
