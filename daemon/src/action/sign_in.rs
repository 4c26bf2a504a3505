//! E-mail and password, and a code where one is asked for, become a session.

use lotline_common::{At, OrganizationId, UserId, api::audit::AuditAction};
use secrecy::SecretString;

use super::{
    open_session::{self, SignedIn},
    redeem_invite, take_code,
};
use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    domain::audit::{Actor, Entry, Origin},
    error::{Error, Result},
    keyring::Keyring,
    store::{self, user::UserRow},
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
    let Some(user) = found else {
        return Err(WRONG);
    };
    let id = user.id;
    let entered = if right { enter(app, user, code, at, from.clone()).await } else { Err(WRONG) };
    if matches!(entered, Err(Error::Unauthorized("invalid_credentials"))) {
        record_failure(app, id, from).await?;
    }
    entered
}

async fn enter(
    app: &App,
    user: UserRow,
    code: Option<String>,
    at: Beginning,
    from: Origin,
) -> Result<SignedIn> {
    let (keyring, now) = (app.keyring.clone(), app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                // The password or the person may have been withdrawn while the hash was computed.
                let current = store::user::find(tx, user.id).await?;
                if current.disabled_at.is_some() || current.password_hash != user.password_hash {
                    return Err(WRONG);
                }
                let by = Actor::member(user.id, user.name, from);
                check_code(tx, &keyring, &current, code, &by, now).await?;
                let wanted = match at {
                    Beginning::Oldest => None,
                    Beginning::Organization(id) => Some(id),
                    Beginning::Invite(hash) => {
                        Some(redeem_invite::redeem(tx, &hash, &current, &by, now).await?)
                    }
                };
                let signed_in = open_session::open(tx, &current, wanted, by.origin.clone(), now).await?;
                let entry = Entry::new(AuditAction::SignedIn, by).on(signed_in.session);
                store::audit::append(tx, signed_in.place.organization.key, now, entry).await?;
                Ok(signed_in)
            })
        })
        .await
}

async fn check_code(
    tx: &mut Tx,
    keyring: &Keyring,
    user: &UserRow,
    code: Option<String>,
    by: &Actor,
    now: At,
) -> Result<()> {
    if user.totp_confirmed_at.is_none() {
        return Ok(());
    }
    let code = code.ok_or(Error::Unauthorized("totp_required"))?;
    if take_code::take(tx, keyring, user.id, &code, by, now).await? { Ok(()) } else { Err(WRONG) }
}

/// Told in every organization of the account. Who it was, nobody knows: the line names the account it was tried on.
async fn record_failure(app: &App, user: UserId, from: Origin) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let by = Actor { origin: from, ..Actor::system() };
                let entry = Entry::new(AuditAction::SignInFailed, by).on(user);
                store::audit::append_everywhere(tx, user, now, &entry).await
            })
        })
        .await
        .map_err(|error: DbError| error.into())
}
