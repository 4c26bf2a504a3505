//! New recovery codes for whoever proves both factors; the ones before are good for nothing.

use lotline_common::api::audit::AuditAction;
use secrecy::SecretString;

use super::{change_password, take_code};
use crate::{
    app::App,
    db::Scope,
    domain::{audit::Entry, permission::Person},
    error::{Error, Result},
    opaque, store,
};

/// The codes, told once. A wrong password and a wrong code are answered alike.
pub async fn run(
    app: &App,
    person: &Person,
    password: SecretString,
    code: String,
) -> Result<Vec<SecretString>> {
    change_password::check(app, person.user, password).await?;
    let (keyring, user, by, now) = (app.keyring.clone(), person.user, person.actor(), app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                if !take_code::take(tx, &keyring, user, &code, &by, now).await? {
                    return Err(Error::Unauthorized("invalid_credentials"));
                }
                let codes = opaque::recovery_codes()?;
                store::totp::replace_recovery_codes(tx, user, opaque::recovery_hashes(&codes)).await?;
                let entry = Entry::new(AuditAction::RecoveryCodesRenewed, by).on(user);
                store::audit::append_everywhere(tx, user, now, &entry).await?;
                Ok(codes)
            })
        })
        .await
}
