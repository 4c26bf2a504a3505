//! A second factor is prepared: its secret is told once and counts only when it is confirmed.

use lotline_common::api::me::TotpSetup;
use secrecy::ExposeSecret;

use crate::{
    app::App,
    db::Scope,
    domain::{organization::OrgKey, permission::Entrant},
    error::{Error, Result},
    store, totp,
};

/// A secret that was prepared before and never confirmed is replaced.
pub async fn run(app: &App, entrant: &Entrant) -> Result<TotpSetup> {
    let user = entrant.user;
    let secret = totp::secret()?;
    let (keyring, kept, now) = (app.keyring.clone(), secret.clone(), app.clock.now());
    let row = app
        .db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let sealer = keyring.sealer(tx, OrgKey::INSTALLATION, now).await?;
                let sealed = sealer.seal(store::totp::place(user), &kept)?;
                if !store::totp::begin(tx, user, sealed).await? {
                    return Err(IN_USE);
                }
                Ok(store::user::find(tx, user).await?)
            })
        })
        .await?;
    Ok(TotpSetup { otpauth_url: totp::url(&secret, &row.email)?, secret: secret.expose_secret().to_owned() })
}

pub(super) const IN_USE: Error =
    Error::conflict("totp_in_use", "A second factor is in use already; remove it first.");
