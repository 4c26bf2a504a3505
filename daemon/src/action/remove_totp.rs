//! A second factor is given up by its owner, who proves both factors once more.

use secrecy::SecretString;

use super::{change_password, take_code};
use crate::{
    app::App,
    db::Scope,
    domain::permission::Person,
    error::{Error, Result},
    store,
};

/// A wrong password and a wrong code are answered alike.
pub async fn run(app: &App, person: &Person, password: SecretString, code: String) -> Result<()> {
    change_password::check(app, person.user, password).await?;
    let (sealer, user, now) = (app.sealer.clone(), person.user, app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                if !take_code::take(tx, &sealer, user, &code, now).await? {
                    return Err(Error::Unauthorized("invalid_credentials"));
                }
                Ok(store::totp::remove(tx, user).await?)
            })
        })
        .await
}
