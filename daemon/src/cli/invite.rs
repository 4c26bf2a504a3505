//! `lotlined invite`: the way into an organization, for whoever runs the installation.

use clap::{Args, Subcommand};
use lotline_common::api::{auth::Role, invite};

use super::{Done, organization_of, output, output::say};
use crate::{
    action::{by_system, invite_person},
    app::App,
    db::Scope,
    store,
};

#[derive(Subcommand)]
pub(super) enum Invite {
    /// Invite a person; prints the link, once.
    Create(Create),
    /// Show the invites that can still be used.
    List {
        #[arg(long, value_name = "SLUG")]
        org: Option<String>,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct Create {
    email: String,
    /// admin, manager, agent or viewer.
    #[arg(long, default_value = "agent")]
    role: Role,
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// Days until it expires, 30 at most.
    #[arg(long)]
    days: Option<u32>,
    #[arg(long)]
    json: bool,
}

impl Invite {
    pub(super) async fn run(self, app: &App) -> Done {
        match self {
            Self::Create(create) => create.run(app).await,
            Self::List { org, json } => list(app, org.as_deref(), json).await,
        }
    }
}

impl Create {
    async fn run(self, app: &App) -> Done {
        let organization = organization_of(app, self.org.as_deref()).await?;
        let asked = invite::Invite { email: self.email, role: self.role, expires_in_days: self.days };
        let made = invite_person::by(app, organization.key, None, asked, by_system(), None).await?;
        if self.json {
            return output::json(&made);
        }
        let (invite, name) = (made.invite, organization.public.name);
        say(format!("{} may join {name} as {} until {}.", invite.email, invite.role, invite.expires_at));
        match made.link {
            Some(link) => say(format!("Invite link, shown only now: {link}")),
            None => say(format!("Invite token, shown only now: {}", made.token)),
        }
        if let Some(reason) = made.link_missing {
            say(format!("There is no link to send: {reason}"));
        }
        Ok(())
    }
}

async fn list(app: &App, org: Option<&str>, json: bool) -> Done {
    let organization = organization_of(app, org).await?;
    let mut tx = app.db.read(Scope::Org(organization.key)).await?;
    let invites = store::invite::open(&mut tx, organization.key, app.clock.now()).await?;
    if json {
        return output::json(&invites);
    }
    for invite in invites {
        say(format!("{}  {}  until {}", invite.email, invite.role, invite.expires_at));
    }
    Ok(())
}
