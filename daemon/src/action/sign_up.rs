//! Somebody founds an organization: the installation's first, or any where sign-up is open.

use lotline_common::{
    UserId,
    api::{audit::AuditAction, auth::SignUp},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    create_organization,
    open_session::{self, SignedIn},
    taken,
};
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        account,
        audit::{Actor, Entry, Origin},
    },
    error::{Error, Result},
    store::{self, user::UserRow},
};

const CLOSED: Error = Error::Closed {
    code: "signup_closed",
    title: "This installation is set up already; ask an admin for an account.",
};

pub async fn run(app: &App, asked: SignUp, from: Origin) -> Result<SignedIn> {
    let planned = create_organization::plan(asked.organization)?;
    let open = app.config.auth.open_signup;
    // Asked before the costly hash; what counts is asked again in the transaction.
    let mut tx = app.db.read(Scope::System).await?;
    admit(&mut tx, open).await?;
    drop(tx);
    let user = new_user(app, &asked.email, &asked.name, asked.password.into()).await?;
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                store::organization::take_turns(tx).await?;
                admit(tx, open).await?;
                store::user::insert(tx, &user, now).await.map_err(|error| taken(error, email_taken()))?;
                let by = Actor::member(user.id, user.name.clone(), from);
                let org = create_organization::write(tx, &planned, user.id, now, by.clone()).await?;
                let signed_in = open_session::open(tx, &user, Some(planned.id), now).await?;
                let entry = Entry::new(AuditAction::SignedUp, by).on(signed_in.session);
                store::audit::append(tx, org, now, entry).await?;
                Ok(signed_in)
            })
        })
        .await
}

async fn admit(tx: &mut Tx, open: bool) -> Result<()> {
    if open || !store::organization::any(tx).await? { Ok(()) } else { Err(CLOSED) }
}

pub(super) fn email_taken() -> Error {
    Error::conflict("email_taken", "This e-mail address has an account; sign in with it.")
}

/// Checks who is asked for and hashes the password; writes nothing.
pub(super) async fn new_user(app: &App, email: &str, name: &str, password: SecretString) -> Result<UserRow> {
    let email = account::email(email).ok_or_else(|| Error::invalid("email", "must be an e-mail address"))?;
    let name = account::name(name)
        .ok_or_else(|| Error::invalid("name", "must be 1 to 100 characters of plain text"))?;
    if let Some(problem) = account::password_problem(password.expose_secret(), &email) {
        return Err(Error::invalid("password", problem));
    }
    Ok(UserRow {
        id: UserId::new(),
        email,
        name,
        password_hash: app.passwords.hash(password).await?,
        disabled_at: None,
    })
}
