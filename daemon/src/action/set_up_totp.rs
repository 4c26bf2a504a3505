//! A second factor is prepared: its secret is told once and counts only when it is confirmed.

use lotline_common::api::me::TotpSetup;
use secrecy::ExposeSecret;

use crate::{
    app::App,
    db::Scope,
    domain::permission::Entrant,
    error::{Error, Result},
    store, totp,
};

/// A secret that was prepared before and never confirmed is replaced.
pub async fn run(app: &App, entrant: &Entrant) -> Result<TotpSetup> {
    let user = entrant.user;
    let secret = totp::secret()?;
    let sealed = app.sealer.seal(store::totp::place(user), &secret).map_err(Error::internal)?;
    let row = app
        .db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
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
