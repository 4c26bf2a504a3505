//! `lotlined org`: organizations.

use clap::{Args, Subcommand};
use lotline_common::api::auth::NewOrganization;
use serde_json::json;

use super::{Done, output, output::say, secret};
use crate::{
    action::{add_user::Person, create_organization},
    app::App,
    db::Scope,
    store,
};

#[derive(Subcommand)]
pub(super) enum Organization {
    /// Add an organization with its first admin.
    Create(Create),
    /// Show every organization.
    List {
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct Create {
    #[arg(long)]
    name: String,
    /// Made from the name when absent.
    #[arg(long)]
    slug: Option<String>,
    /// IANA name, such as America/Denver; UTC when absent.
    #[arg(long)]
    time_zone: Option<String>,
    #[arg(long, value_name = "EMAIL")]
    admin_email: String,
    /// The part of the address before the @ when absent.
    #[arg(long)]
    admin_name: Option<String>,
    /// Read the admin's password from standard input instead of asking.
    #[arg(long)]
    admin_password_stdin: bool,
    #[arg(long)]
    json: bool,
}

impl Organization {
    pub(super) async fn run(self, app: &App) -> Done {
        match self {
            Self::Create(create) => create.run(app).await,
            Self::List { json } => list(app, json).await,
        }
    }
}

impl Create {
    async fn run(self, app: &App) -> Done {
        let password = if self.admin_password_stdin {
            secret::from_stdin("the admin's password")?
        } else {
            secret::read(None, "Password of the admin")?
        };
        let local = self.admin_email.split('@').next().unwrap_or_default();
        let admin = Person {
            name: self.admin_name.unwrap_or_else(|| local.to_owned()),
            email: self.admin_email,
            password: Some(password),
        };
        let asked = NewOrganization { name: self.name, slug: self.slug, time_zone: self.time_zone };
        let (organization, admin) = create_organization::run(app, asked, admin).await?;
        if self.json {
            return output::json(&json!({
                "organization": organization,
                "admin": {"id": admin.user, "email": admin.email, "new": admin.new},
            }));
        }
        say(format!("{} ({}) is ready.", organization.name, organization.slug));
        if admin.new {
            say(format!("Sign in with: lotline login --email {}", admin.email));
        } else {
            say(format!("{} had an account already and keeps its password.", admin.email));
        }
        Ok(())
    }
}

async fn list(app: &App, json: bool) -> Done {
    let mut tx = app.db.read(Scope::System).await?;
    let all = store::organization::all(&mut tx).await?;
    if json {
        let all: Vec<_> = all.into_iter().map(|organization| organization.public).collect();
        return output::json(&all);
    }
    for organization in all {
        let public = organization.public;
        say(format!("{}  {}  {}  {}", public.slug, public.name, public.time_zone, public.id));
    }
    Ok(())
}
