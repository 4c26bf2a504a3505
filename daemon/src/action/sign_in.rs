//! E-mail and password become a session.

use lotline_common::{OrganizationId, api::audit::AuditAction};
use secrecy::SecretString;

use super::open_session::{self, SignedIn};
use crate::{
    app::App,
    db::{DbError, Scope},
    domain::audit::{Actor, Entry, Origin},
    error::{Error, Result},
    store::{self, user::UserRow},
};

const REFUSED: Error = Error::Unauthorized("invalid_credentials");

/// Signs in the owner of `email` (in its one form). An unknown or disabled person is answered like a wrong password,
/// and as slowly.
pub async fn run(
    app: &App,
    email: &str,
    password: SecretString,
    wanted: Option<OrganizationId>,
    from: Origin,
) -> Result<SignedIn> {
    let mut tx = app.db.read(Scope::System).await?;
    let found = store::user::find_by_email(&mut tx, email).await?;
    drop(tx);
    let found = found.filter(|user| user.disabled_at.is_none());
    let stored = found.as_ref().map(|user| user.password_hash.clone());
    let right = app.passwords.verify(password, stored).await?;
    let user = match found {
        Some(user) if right => user,
        Some(user) => {
            record_failure(app, user, from).await?;
            return Err(REFUSED);
        }
        None => return Err(REFUSED),
    };
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                // The password or the person may have been withdrawn while the hash was computed.
                let current = store::user::find(tx, user.id).await?;
                if current.disabled_at.is_some() || current.password_hash != user.password_hash {
                    return Err(REFUSED);
                }
                let signed_in = open_session::open(tx, &current, wanted, now).await?;
                let by = Actor::member(user.id, user.name, from);
                let entry = Entry::new(AuditAction::SignedIn, by).on(signed_in.session);
                store::audit::append(tx, signed_in.place.organization.key, now, entry).await?;
                Ok(signed_in)
            })
        })
        .await
}

/// Told in every organization of the account. Who it was, nobody knows: the line names the account it was tried on.
async fn record_failure(app: &App, user: UserRow, from: Origin) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let by = Actor { origin: from, ..Actor::system() };
                let entry = Entry::new(AuditAction::SignInFailed, by).on(user.id);
                store::audit::append_everywhere(tx, user.id, now, &entry).await
            })
        })
        .await
        .map_err(|error: DbError| error.into())
}
