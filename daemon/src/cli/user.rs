//! `lotlined user`: people.

use clap::{Args, Subcommand};
use lotline_common::api::auth::Role;

use super::{Done, organization_of, output, output::say, secret};
use crate::{
    action::{
        add_user::{self, Person},
        by_system, disable_user, set_password,
    },
    app::App,
    db::Scope,
    domain::account,
    error::Error,
    store,
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
                let email = account::email(&email).ok_or(Error::NotFound)?;
                set_password::run(app, &email, password(password_stdin)?).await?;
                say(format!("The password of {email} is set; their sessions have ended."));
                Ok(())
            }
            Self::Disable { email } => {
                disable_user::run(app, &email, by_system()).await?;
                say(format!("{email} is shut out; their sessions have ended."));
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

async fn list(app: &App, org: Option<&str>, json: bool) -> Done {
    let organization = organization_of(app, org).await?;
    let mut tx = app.db.read(Scope::Org(organization.key)).await?;
    let members = store::member::list(&mut tx, organization.key).await?;
    if json {
        return output::json(&members);
    }
    for member in members {
        say(format!("{}  {}  {}", member.email, member.role, member.name));
    }
    Ok(())
}
