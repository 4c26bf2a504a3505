//! `lotlined user`: people.

use clap::{Args, Subcommand};
use lotline_common::{SessionId, api::auth::Role};

use super::{Done, organization_of, output, output::say, secret};
use crate::{
    action::{
        add_user::{self, Person},
        by_system, disable_user, enable_user, end_session, reset_totp, set_password,
    },
    app::App,
    db::Scope,
    domain::account,
    error::Error,
    store::{self, user::UserRow},
};

#[derive(Subcommand)]
pub(super) enum User {
    /// Add a person to an organization, or give a member another role.
    Add(Add),
    /// Set a person's password; every session of theirs ends.
    Passwd {
        email: String,
        /// Read the password from standard input instead of asking.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Shut a person out of every organization.
    Disable { email: String },
    /// Let a person in again who was shut out of every organization.
    Enable { email: String },
    /// Take a person's second factor away, because phone and recovery codes are lost; every session of theirs ends.
    TotpReset { email: String },
    /// Show where a person is signed in.
    Sessions {
        email: String,
        #[arg(long)]
        json: bool,
    },
    /// End a person's sessions, or one of them.
    Revoke {
        email: String,
        /// As `sessions` shows it; all of them when absent.
        #[arg(long, value_name = "ID")]
        session: Option<SessionId>,
    },
    /// Show the members of an organization.
    List {
        #[arg(long, value_name = "SLUG")]
        org: Option<String>,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct Add {
    email: String,
    /// The part of the address before the @ when absent.
    #[arg(long)]
    name: Option<String>,
    /// admin, manager, agent or viewer.
    #[arg(long, default_value = "agent")]
    role: Role,
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// Read the password from standard input instead of asking.
    #[arg(long)]
    password_stdin: bool,
    #[arg(long)]
    json: bool,
}

impl User {
    pub(super) async fn run(self, app: &App) -> Done {
        match self {
            Self::Add(add) => add.run(app).await,
            Self::Passwd { email, password_stdin } => {
                let UserRow { email, disabled_at, .. } = find(app, &email).await?;
                set_password::run(app, &email, password(password_stdin)?).await?;
                say(format!("The password of {email} is set; their sessions have ended."));
                if disabled_at.is_some() {
                    say(format!("They are still shut out; `lotlined user enable {email}` lets them in."));
                }
                Ok(())
            }
            Self::Disable { email } => {
                disable_user::run(app, &email, by_system()).await?;
                say(format!("{email} is shut out; their sessions have ended."));
                Ok(())
            }
            Self::Enable { email } => {
                let was_out = enable_user::run(app, &email, by_system()).await?;
                let said = if was_out { "may sign in again" } else { "was not shut out" };
                say(format!("{email} {said}."));
                Ok(())
            }
            Self::TotpReset { email } => {
                let user = find(app, &email).await?;
                reset_totp::run(app, &user.email).await?;
                say(format!("{} signs in with the password alone; their sessions have ended.", user.email));
                Ok(())
            }
            Self::Sessions { email, json } => sessions(app, &email, json).await,
            Self::Revoke { email, session } => {
                let user = find(app, &email).await?;
                match session {
                    Some(session) => end_session::run(app, user.id, session, by_system()).await?,
                    None => end_session::others(app, user.id, None, by_system()).await?,
                }
                say(format!("{} is signed out there.", user.email));
                Ok(())
            }
            Self::List { org, json } => list(app, org.as_deref(), json).await,
        }
    }
}

impl Add {
    async fn run(self, app: &App) -> Done {
        let organization = organization_of(app, self.org.as_deref()).await?;
        let local = self.email.split('@').next().unwrap_or_default().to_owned();
        let person = Person {
            password: if self.known(app).await? { None } else { Some(password(self.password_stdin)?) },
            name: self.name.unwrap_or(local),
            email: self.email,
        };
        let added = add_user::run(app, organization.key, person, self.role, by_system()).await?;
        if self.json {
            let told = serde_json::json!({"id": added.user, "email": added.email, "new": added.new});
            return output::json(&told);
        }
        let role = self.role;
        say(format!("{} is {role} of {}.", added.email, organization.public.name));
        Ok(())
    }

    /// Somebody who has an account keeps their password, so none is asked for.
    async fn known(&self, app: &App) -> Result<bool, super::Failure> {
        let Some(email) = account::email(&self.email) else {
            return Ok(false);
        };
        let mut tx = app.db.read(Scope::System).await?;
        Ok(store::user::find_by_email(&mut tx, &email).await?.is_some())
    }
}

fn password(stdin: bool) -> Result<secrecy::SecretString, super::Failure> {
    if stdin { secret::from_stdin("the password") } else { secret::read(None, "Password") }
}

async fn find(app: &App, email: &str) -> Result<UserRow, super::Failure> {
    let email = account::email(email).ok_or(Error::NotFound)?;
    let mut tx = app.db.read(Scope::System).await?;
    Ok(store::user::find_by_email(&mut tx, &email).await?.ok_or(Error::NotFound)?)
}

async fn sessions(app: &App, email: &str, json: bool) -> Done {
    let user = find(app, email).await?;
    let mut tx = app.db.read(Scope::System).await?;
    let sessions = store::session::list(&mut tx, user.id, app.clock.now()).await?;
    if json {
        return output::json(&sessions);
    }
    for session in sessions {
        let from = session.address.as_deref().unwrap_or("-");
        let client = session.user_agent.as_deref().unwrap_or("-");
        say(format!("{}  {}  {from}  {client}", session.id, session.last_used_at));
    }
    Ok(())
}

async fn list(app: &App, org: Option<&str>, json: bool) -> Done {
    let organization = organization_of(app, org).await?;
    let mut tx = app.db.read(Scope::Org(organization.key)).await?;
    let members = store::member::all(&mut tx, organization.key).await?;
    if json {
        return output::json(&members);
    }
    for member in members {
        let disabled = if member.disabled { "  (disabled)" } else { "" };
        say(format!("{}  {}  {}{disabled}", member.email, member.role, member.name));
    }
    Ok(())
}
