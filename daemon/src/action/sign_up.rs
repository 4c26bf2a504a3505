//! Somebody new founds an organization (the installation's first, or any where sign-up is open) or joins one by invite.

use lotline_common::{
    At, UserId,
    api::{
        audit::AuditAction,
        auth::{NewOrganization, SignUp},
    },
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    create_organization,
    open_session::{self, SignedIn},
    redeem_invite, taken,
};
use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    domain::{
        account,
        audit::{Actor, Entry, Origin},
        organization::OrgKey,
    },
    error::{Error, Result},
    opaque,
    store::{self, user::UserRow},
};

const CLOSED: Error = Error::Closed {
    code: "signup_closed",
    title: "This installation is set up already; ask an admin for an account.",
};

/// Who is new here.
struct Newcomer {
    email: String,
    password: SecretString,
    name: String,
}

pub async fn run(app: &App, asked: SignUp, from: Origin) -> Result<SignedIn> {
    let newcomer = Newcomer { email: asked.email, password: asked.password.into(), name: asked.name };
    match (asked.organization, asked.invite_token) {
        (Some(organization), None) => found(app, newcomer, organization, from).await,
        (None, Some(token)) => join(app, newcomer, &token, from).await,
        (None, None) => {
            Err(Error::invalid("organization", "is missing; or give an invite_token to join one"))
        }
        (Some(_), Some(_)) => {
            Err(Error::invalid("invite_token", "joins an organization; leave `organization` out"))
        }
    }
}

async fn found(
    app: &App,
    newcomer: Newcomer,
    organization: NewOrganization,
    from: Origin,
) -> Result<SignedIn> {
    let planned = create_organization::plan(organization)?;
    let open = app.config.auth.open_signup;
    // Asked before the costly hash; what counts is asked again in the transaction.
    let mut tx = app.db.read(Scope::System).await?;
    admit(&mut tx, open).await?;
    drop(tx);
    let user = new_user(app, &newcomer.email, &newcomer.name, newcomer.password).await?;
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                store::organization::take_turns(tx).await?;
                admit(tx, open).await?;
                store::user::insert(tx, &user, now).await.map_err(|error| taken(error, email_taken()))?;
                let by = Actor::member(user.id, user.name.clone(), from.clone());
                let org = create_organization::write(tx, &planned, user.id, now, by.clone()).await?;
                let signed_in = open_session::open(tx, &user, Some(planned.id), from, now).await?;
                signed_up(tx, org, by, &signed_in, now).await?;
                Ok(signed_in)
            })
        })
        .await
}

async fn join(app: &App, newcomer: Newcomer, token: &str, from: Origin) -> Result<SignedIn> {
    let (hash, now) = (opaque::hash(token), app.clock.now());
    let email = account::email(&newcomer.email).unwrap_or_default();
    // As above: only who has an invite is worth the hash, and learns whether the address has an account.
    let mut tx = app.db.read(Scope::System).await?;
    redeem_invite::find(&mut tx, &hash, &email, now).await?;
    drop(tx);
    let user = new_user(app, &email, &newcomer.name, newcomer.password).await?;
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                store::user::insert(tx, &user, now).await.map_err(|error| taken(error, email_taken()))?;
                let by = Actor::member(user.id, user.name.clone(), from.clone());
                let organization = redeem_invite::redeem(tx, &hash, &user, &by, now).await?;
                let signed_in = open_session::open(tx, &user, Some(organization), from, now).await?;
                signed_up(tx, signed_in.place.organization.key, by, &signed_in, now).await?;
                Ok(signed_in)
            })
        })
        .await
}

async fn signed_up(
    tx: &mut Tx,
    org: OrgKey,
    by: Actor,
    signed_in: &SignedIn,
    now: At,
) -> Result<(), DbError> {
    let entry = Entry::new(AuditAction::SignedUp, by).on(signed_in.session);
    store::audit::append(tx, org, now, entry).await
}

async fn admit(tx: &mut Tx, open: bool) -> Result<()> {
    if open || !store::organization::any(tx).await? { Ok(()) } else { Err(CLOSED) }
}

pub(super) fn email_taken() -> Error {
    Error::conflict(
        "email_taken",
        "This e-mail address has an account; sign in, or accept the invite, with it.",
    )
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
        totp_confirmed_at: None,
    })
}
