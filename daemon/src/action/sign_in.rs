//! E-mail and password, and a code where one is asked for, become a session.

use lotline_common::{At, OrganizationId};
use secrecy::SecretString;

use super::{
    open_session::{self, SignedIn},
    redeem_invite, take_code,
};
use crate::{
    app::App,
    db::{Scope, Tx},
    error::{Error, Result},
    seal::Sealer,
    store::{self, session::Origin, user::UserRow},
};

/// Who says they are who.
pub struct Proof {
    /// In its one form.
    pub email: String,
    pub password: SecretString,
    /// Of the authenticator app, or a recovery code.
    pub code: Option<String>,
}

/// Where the session begins.
pub enum Beginning {
    /// The person's oldest organization.
    Oldest,
    Organization(OrganizationId),
    /// The organization of the invite with this hash, which they join.
    Invite(Vec<u8>),
}

const WRONG: Error = Error::Unauthorized("invalid_credentials");

/// Signs a person in. An unknown or disabled one is answered like a wrong password, and as slowly; a wrong code is
/// answered like a wrong password too.
pub async fn run(app: &App, proof: Proof, at: Beginning, from: Origin) -> Result<SignedIn> {
    let Proof { email, password, code } = proof;
    let mut tx = app.db.read(Scope::System).await?;
    let found = store::user::find_by_email(&mut tx, &email).await?;
    drop(tx);
    let found = found.filter(|user| user.disabled_at.is_none());
    let stored = found.as_ref().map(|user| user.password_hash.clone());
    let right = app.passwords.verify(password, stored).await?;
    let Some(user) = found.filter(|_| right) else {
        return Err(WRONG);
    };
    let (sealer, now) = (app.sealer.clone(), app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                // The password or the person may have been withdrawn while the hash was computed.
                let current = store::user::find(tx, user.id).await?;
                if current.disabled_at.is_some() || current.password_hash != user.password_hash {
                    return Err(WRONG);
                }
                check_code(tx, &sealer, &current, code, now).await?;
                let wanted = match at {
                    Beginning::Oldest => None,
                    Beginning::Organization(id) => Some(id),
                    Beginning::Invite(hash) => Some(redeem_invite::redeem(tx, &hash, &current, now).await?),
                };
                open_session::open(tx, &current, wanted, from, now).await
            })
        })
        .await
}

async fn check_code(
    tx: &mut Tx,
    sealer: &Sealer,
    user: &UserRow,
    code: Option<String>,
    now: At,
) -> Result<()> {
    if user.totp_confirmed_at.is_none() {
        return Ok(());
    }
    let code = code.ok_or(Error::Unauthorized("totp_required"))?;
    if take_code::take(tx, sealer, user.id, &code, now).await? { Ok(()) } else { Err(WRONG) }
}
