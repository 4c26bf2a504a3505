//! E-mail and password become a session.

use lotline_common::OrganizationId;
use secrecy::SecretString;

use super::open_session::{self, SignedIn};
use crate::{
    app::App,
    db::Scope,
    error::{Error, Result},
    store,
};

/// Signs in the owner of `email` (in its one form). An unknown or disabled person is answered like a wrong password,
/// and as slowly.
pub async fn run(
    app: &App,
    email: &str,
    password: SecretString,
    wanted: Option<OrganizationId>,
) -> Result<SignedIn> {
    let mut tx = app.db.read(Scope::System).await?;
    let found = store::user::find_by_email(&mut tx, email).await?;
    drop(tx);
    let found = found.filter(|user| user.disabled_at.is_none());
    let stored = found.as_ref().map(|user| user.password_hash.clone());
    let right = app.passwords.verify(password, stored).await?;
    let Some(user) = found.filter(|_| right) else {
        return Err(Error::Unauthorized("invalid_credentials"));
    };
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                // The password or the person may have been withdrawn while the hash was computed.
                let current = store::user::find(tx, user.id).await?;
                if current.disabled_at.is_some() || current.password_hash != user.password_hash {
                    return Err(Error::Unauthorized("invalid_credentials"));
                }
                open_session::open(tx, &current, wanted, now).await
            })
        })
        .await
}
