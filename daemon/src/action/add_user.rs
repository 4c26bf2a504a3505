//! A person gets a place in an organization, as whoever runs the installation gives it at the command line.

use lotline_common::{
    At, UserId,
    api::{audit::AuditAction, auth::Role, turn::Author},
    event::EventKind,
};
use secrecy::SecretString;

use super::{edit_member, sign_up, taken};
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        account,
        audit::{Actor, Entry},
        organization::OrgKey,
    },
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

/// Adds a person to an organization, or gives a member another role.
pub async fn run(app: &App, org: OrgKey, person: Person, role: Role, by: Actor) -> Result<Added> {
    let (user, new) = find_or_plan(app, person).await?;
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                store::organization::hold(tx, org).await?;
                write_user(tx, &user, new, now).await?;
                if role != Role::Admin {
                    edit_member::keep_an_admin(tx, org, user.id).await?;
                }
                store::member::set(tx, org, user.id, role, now).await?;
                store::event::append(tx, org, now, changed(user.id, by.author()))?;
                let added_now = Entry::new(AuditAction::MemberAdded, by).on(user.id);
                store::audit::append(tx, org, now, added_now.with("role", role.as_str())).await?;
                Ok(added(user, new))
            })
        })
        .await
}

pub(super) async fn find_or_plan(app: &App, person: Person) -> Result<(UserRow, bool)> {
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

pub(super) async fn write_user(tx: &mut Tx, user: &UserRow, new: bool, now: At) -> Result<()> {
    if new {
        store::user::insert(tx, user, now).await.map_err(|error| taken(error, sign_up::email_taken()))?;
    }
    Ok(())
}

pub(super) fn changed(user: UserId, by: Author) -> NewEvent {
    NewEvent::new(EventKind::MemberChanged).by(by).detail(|detail| detail.member_id = Some(user))
}

pub(super) fn added(user: UserRow, new: bool) -> Added {
    Added { user: user.id, email: user.email, new }
}
