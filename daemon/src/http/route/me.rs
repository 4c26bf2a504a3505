//! `/api/v1/me`: the signed-in person.

use std::{sync::Arc, time::Instant};

use axum::extract::State;
use lotline_common::api::auth::{ChangePassword, Me, User};

use crate::{
    action::change_password,
    app::App,
    db::Scope,
    domain::permission::Viewer,
    error::Result,
    http::{answer::NoContent, client_address::ClientAddress, extract::Json, route::auth::memberships},
    store,
};

/// Who is signed in, and where.
#[utoipa::path(get, path = "", security(("bearer" = ["viewer"])))]
pub async fn me(State(app): State<Arc<App>>, viewer: Viewer) -> Result<Json<Me>> {
    let mut tx = app.db.read(Scope::System).await?;
    let user = store::user::find(&mut tx, viewer.user).await?;
    let organization = store::organization::find(&mut tx, viewer.org).await?;
    let places = store::member::places(&mut tx, viewer.user).await?;
    Ok(Json(Me {
        user: User { id: user.id, email: user.email, name: user.name },
        organization: organization.public,
        role: viewer.role,
        memberships: memberships(&places),
    }))
}

/// Changes the password and ends every other session of the person.
#[utoipa::path(post, path = "", responses((status = 401, description = "`invalid_credentials`: the present password is wrong.")), security(("bearer" = ["viewer"])))]
pub async fn password(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    viewer: Viewer,
    Json(asked): Json<ChangePassword>,
) -> Result<NoContent> {
    // Whoever holds a stolen token must not find out the password by asking here.
    let attempt = app.throttle.attempt(&viewer.user.to_string(), address, Instant::now())?;
    let (current, new) = (asked.current_password.into(), asked.new_password.into());
    change_password::run(&app, &viewer, current, new).await?;
    attempt.succeeded();
    Ok(NoContent)
}
