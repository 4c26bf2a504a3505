//! A new password, by its owner. Sessions that the old one opened end.

use lotline_common::{SessionId, UserId, api::audit::AuditAction};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    app::App,
    db::{DbError, Scope},
    domain::{
        account,
        audit::{Actor, Entry},
        permission::Person,
    },
    error::{Error, Result},
    store::{self, user::UserRow},
};

/// The owner changes it, knowing the current one; this session stays.
pub async fn run(app: &App, person: &Person, current: SecretString, new: SecretString) -> Result<()> {
    let user = check(app, person.user, current).await?;
    set(app, (user.id, &user.email), new, Some(person.session), person.actor()).await
}

/// Is it the person's password?
pub(super) async fn check(app: &App, user: UserId, password: SecretString) -> Result<UserRow> {
    let mut tx = app.db.read(Scope::System).await?;
    let user = store::user::find(&mut tx, user).await?;
    drop(tx);
    let right = app.passwords.verify(password, Some(user.password_hash.clone())).await?;
    if right { Ok(user) } else { Err(Error::Unauthorized("invalid_credentials")) }
}

pub(super) async fn set(
    app: &App,
    (user, email): (UserId, &str),
    new: SecretString,
    keep: Option<SessionId>,
    by: Actor,
) -> Result<()> {
    if let Some(problem) = account::password_problem(new.expose_secret(), email) {
        return Err(Error::invalid("new_password", problem));
    }
    let (hash, now) = (app.passwords.hash(new).await?, app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                store::user::set_password(tx, user, hash).await?;
                store::session::revoke_others(tx, user, keep, now, "password_changed").await?;
                let entry = Entry::new(AuditAction::PasswordChanged, by).on(user);
                store::audit::append_everywhere(tx, user, now, &entry).await
            })
        })
        .await
        .map_err(|error: DbError| error.into())
}
