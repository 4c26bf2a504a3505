//! A new password, by its owner or by the installation's. Sessions that the old one opened end.

use lotline_common::{SessionId, UserId};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    app::App,
    db::{DbError, Scope},
    domain::{account, permission::Viewer},
    error::{Error, Result},
    store,
};

/// The owner changes it, knowing the current one; this session stays.
pub async fn change_password(
    app: &App,
    viewer: &Viewer,
    current: SecretString,
    new: SecretString,
) -> Result<()> {
    let mut tx = app.db.read(Scope::System).await?;
    let user = store::user::find(&mut tx, viewer.user).await?;
    drop(tx);
    if !app.passwords.verify(current, Some(user.password_hash)).await? {
        return Err(Error::Unauthorized("invalid_credentials"));
    }
    set(app, (user.id, &user.email), new, Some(viewer.session)).await
}

/// Whoever runs the installation sets it; every session ends.
pub async fn set_password(app: &App, email: &str, new: SecretString) -> Result<()> {
    let mut tx = app.db.read(Scope::System).await?;
    let user = store::user::find_by_email(&mut tx, email).await?.ok_or(Error::NotFound)?;
    drop(tx);
    set(app, (user.id, &user.email), new, None).await
}

async fn set(
    app: &App,
    (user, email): (UserId, &str),
    new: SecretString,
    keep: Option<SessionId>,
) -> Result<()> {
    if let Some(problem) = account::password_problem(new.expose_secret(), email) {
        return Err(Error::invalid("new_password", problem));
    }
    let (hash, now) = (app.passwords.hash(new).await?, app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                store::user::set_password(tx, user, hash).await?;
                store::session::revoke_others(tx, user, keep, now, "password_changed").await
            })
        })
        .await
        .map_err(|error: DbError| error.into())
}
