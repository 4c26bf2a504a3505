//! A second factor is given up by its owner, who proves both factors once more.

use lotline_common::api::audit::AuditAction;
use secrecy::SecretString;

use super::{change_password, take_code};
use crate::{
    app::App,
    db::Scope,
    domain::{audit::Entry, permission::Person},
    error::{Error, Result},
    store,
};

/// A wrong password and a wrong code are answered alike.
pub async fn run(app: &App, person: &Person, password: SecretString, code: String) -> Result<()> {
    change_password::check(app, person.user, password).await?;
    let (keyring, user, by, now) = (app.keyring.clone(), person.user, person.actor(), app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                if !take_code::take(tx, &keyring, user, &code, &by, now).await? {
                    return Err(Error::Unauthorized("invalid_credentials"));
                }
                store::totp::remove(tx, user).await?;
                let entry = Entry::new(AuditAction::TotpDisabled, by).on(user);
                Ok(store::audit::append_everywhere(tx, user, now, &entry).await?)
            })
        })
        .await
}
