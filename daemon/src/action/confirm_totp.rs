//! A second factor counts from now on: its owner showed that the app has the secret.

use lotline_common::{At, api::audit::AuditAction};
use secrecy::SecretString;

use super::set_up_totp::IN_USE;
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{audit::Entry, organization::OrgKey, permission::Entrant},
    error::{Error, Result},
    keyring::Keyring,
    opaque, store, totp,
};

/// The recovery codes, told once. Sessions that the password alone opened end; this one goes on.
pub async fn run(app: &App, entrant: &Entrant, code: String) -> Result<Vec<SecretString>> {
    let (keyring, entrant, now) = (app.keyring.clone(), entrant.clone(), app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let step = step(tx, &keyring, &entrant, &code, now).await?;
                if !store::totp::confirm(tx, entrant.user, step, now).await? {
                    return Err(IN_USE);
                }
                let codes = opaque::recovery_codes()?;
                let hashes = opaque::recovery_hashes(&codes);
                store::totp::replace_recovery_codes(tx, entrant.user, hashes).await?;
                let keep = Some(entrant.session);
                store::session::revoke_others(tx, entrant.user, keep, now, "totp_confirmed").await?;
                let entry = Entry::new(AuditAction::TotpEnabled, entrant.actor()).on(entrant.user);
                store::audit::append_everywhere(tx, entrant.user, now, &entry).await?;
                Ok(codes)
            })
        })
        .await
}

async fn step(tx: &mut Tx, keyring: &Keyring, entrant: &Entrant, code: &str, now: At) -> Result<i64> {
    let row = store::totp::find(tx, entrant.user).await?;
    if row.totp_confirmed_at.is_some() {
        return Err(IN_USE);
    }
    let sealed = row.totp_secret.ok_or(Error::conflict(
        "totp_not_begun",
        "There is no second factor to confirm; begin with POST /api/v1/me/totp.",
    ))?;
    let secret =
        keyring.of(tx, OrgKey::INSTALLATION).await?.open(store::totp::place(entrant.user), &sealed)?;
    totp::step_of(&secret, code, now)?.ok_or_else(|| {
        Error::invalid("code", "is not the code of now; check the clock of the phone and type the newest one")
    })
}
