//! People and organizations as whoever runs the installation adds them, at the command line.

use lotline_common::{
    At, UserId,
    api::{
        auth::{NewOrganization, Organization, Role},
        turn::Author,
    },
    event::EventKind,
};
use secrecy::SecretString;

use super::{create_organization, sign_up, taken};
use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    domain::{account, organization::OrgKey},
    error::{Error, Result},
    store::{self, event::NewEvent, user::UserRow},
};

/// Who is to be added.
pub struct Person {
    pub email: String,
    pub name: String,
    /// Needed for somebody new; somebody who has an account keeps theirs.
    pub password: Option<SecretString>,
}

/// What was done.
#[derive(Debug)]
pub struct Added {
    pub user: UserId,
    pub email: String,
    /// False: the person had an account already, and keeps its password and name.
    pub new: bool,
}

/// Adds an organization with its first admin, whatever sign-up allows.
pub async fn add_organization(
    app: &App,
    asked: NewOrganization,
    admin: Person,
) -> Result<(Organization, Added)> {
    let planned = create_organization::plan(asked)?;
    let (user, new) = find_or_plan(app, admin).await?;
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                store::organization::take_turns(tx).await?;
                write_user(tx, &user, new, now).await?;
                create_organization::write(tx, &planned, user.id, now).await?;
                Ok((planned, added(user, new)))
            })
        })
        .await
}

/// Adds a person to an organization, or gives a member another role.
pub async fn add_user(app: &App, org: OrgKey, person: Person, role: Role, by: Author) -> Result<Added> {
    let (user, new) = find_or_plan(app, person).await?;
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                write_user(tx, &user, new, now).await?;
                store::member::set(tx, org, user.id, role, now).await?;
                store::event::append(tx, org, now, changed(user.id, by)).await?;
                Ok(added(user, new))
            })
        })
        .await
}

/// Shuts a person out everywhere; their sessions and streams end.
pub async fn disable_user(app: &App, email: &str, by: Author) -> Result<()> {
    let email = account::email(email).ok_or(Error::NotFound)?;
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let user = store::user::find_by_email(tx, &email).await?.ok_or(DbError::NotFound)?;
                store::user::disable(tx, user.id, now).await?;
                store::session::revoke_others(tx, user.id, None, now, "disabled").await?;
                for place in store::member::places(tx, user.id).await? {
                    let event = changed(user.id, by.clone());
                    store::event::append(tx, place.organization.key, now, event).await?;
                }
                Ok(())
            })
        })
        .await
        .map_err(|error: DbError| error.into())
}

async fn find_or_plan(app: &App, person: Person) -> Result<(UserRow, bool)> {
    let email =
        account::email(&person.email).ok_or_else(|| Error::invalid("email", "must be an e-mail address"))?;
    let mut tx = app.db.read(Scope::System).await?;
    let found = store::user::find_by_email(&mut tx, &email).await?;
    drop(tx);
    match (found, person.password) {
        (Some(user), _) if user.disabled_at.is_some() => {
            Err(Error::invalid("email", "belongs to a disabled person"))
        }
        (Some(user), _) => Ok((user, false)),
        (None, Some(password)) => {
            let user = sign_up::new_user(app, &email, &person.name, password).await?;
            Ok((user, true))
        }
        (None, None) => Err(Error::invalid("password", "is needed for somebody new")),
    }
}

async fn write_user(tx: &mut Tx, user: &UserRow, new: bool, now: At) -> Result<()> {
    if new {
        store::user::insert(tx, user, now).await.map_err(|error| taken(error, sign_up::email_taken()))?;
    }
    Ok(())
}

fn changed(user: UserId, by: Author) -> NewEvent {
    NewEvent::new(EventKind::MemberChanged).by(by).detail(|detail| detail.member_id = Some(user))
}

fn added(user: UserRow, new: bool) -> Added {
    Added { user: user.id, email: user.email, new }
}
