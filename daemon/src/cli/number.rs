//! `lotlined number`: organizations' own numbers.

use clap::{Args, Subcommand};
use lotline_common::{
    PhoneNumber,
    api::organization::{AddNumber, VoiceMode},
};

use super::{Done, failure::Failure, organization_of, output, output::say};
use crate::{
    action::{add_number, by_system, move_number, remove_number},
    app::App,
    db::Scope,
    error::Error,
    store,
};

#[derive(Subcommand)]
pub(super) enum Number {
    /// Give a number to an organization.
    Add(Add),
    /// Show the numbers of an organization.
    List {
        #[arg(long, value_name = "SLUG")]
        org: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Give an organization's number to another organization, with everything that comes in from now on.
    Move {
        phone_number: PhoneNumber,
        /// The organization that has it.
        #[arg(long, value_name = "SLUG")]
        from: String,
        /// The organization that gets it.
        #[arg(long, value_name = "SLUG")]
        to: String,
    },
    /// Take a number from an organization.
    Remove {
        phone_number: PhoneNumber,
        #[arg(long, value_name = "SLUG")]
        org: Option<String>,
    },
}

#[derive(Args)]
pub(super) struct Add {
    /// In international form, like +13035550101.
    phone_number: PhoneNumber,
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    #[arg(long)]
    label: Option<String>,
    /// The number takes no texts.
    #[arg(long)]
    no_sms: bool,
    /// Who answers a call: agent_bridge, agent_register, agent_native, ring_team or voicemail.
    #[arg(long, default_value = "ring_team")]
    voice_mode: VoiceMode,
    #[arg(long)]
    json: bool,
}

impl Number {
    pub(super) async fn run(self, app: &App) -> Done {
        match self {
            Self::Add(add) => add.run(app).await,
            Self::List { org, json } => list(app, org.as_deref(), json).await,
            Self::Move { phone_number, from, to } => hand_over(app, phone_number, &from, &to).await,
            Self::Remove { phone_number, org } => remove(app, org.as_deref(), &phone_number).await,
        }
    }
}

impl Add {
    async fn run(self, app: &App) -> Done {
        let organization = organization_of(app, self.org.as_deref()).await?;
        let asked = AddNumber {
            phone_number: self.phone_number,
            label: self.label,
            sms: !self.no_sms,
            voice_mode: self.voice_mode,
        };
        let number = add_number::run(app, organization.key, asked, by_system(), None).await?;
        if self.json {
            return output::json(&number);
        }
        say(format!("{} belongs to {}.", number.phone_number, organization.public.name));
        match app.config.public("/api/webhooks/twilio/sms/incoming") {
            Some(url) => say(format!("Set its webhook for texts at the carrier to {url} (POST).")),
            None => say("server.public_url is not set: its texts are read from the carrier's list."),
        }
        Ok(())
    }
}

async fn list(app: &App, org: Option<&str>, json: bool) -> Done {
    let organization = organization_of(app, org).await?;
    let mut tx = app.db.read(Scope::Org(organization.key)).await?;
    let numbers = store::phone_number::list(&mut tx, organization.key).await?;
    if json {
        return output::json(&numbers);
    }
    for number in numbers {
        let sms = if number.sms { "texts" } else { "no texts" };
        let label = number.label.unwrap_or_default();
        say(format!("{}  {sms}  {}  {label}", number.phone_number, number.voice_mode));
    }
    Ok(())
}

async fn hand_over(app: &App, number: PhoneNumber, from: &str, to: &str) -> Done {
    let (from, to) = (organization_of(app, Some(from)).await?, organization_of(app, Some(to)).await?);
    let moved = move_number::run(app, number.clone(), from.key, to.key, by_system()).await;
    let absent = || Failure::failed(format!("{} does not have {number}", from.public.name));
    let moved =
        moved.map_err(|error| if matches!(error, Error::NotFound) { absent() } else { error.into() })?;
    say(format!("{} belongs to {} now.", moved.phone_number, to.public.name));
    say(
        "What the old owner had not sent yet is refused. The new owner's carrier account must have the number.",
    );
    Ok(())
}

async fn remove(app: &App, org: Option<&str>, wanted: &PhoneNumber) -> Done {
    let organization = organization_of(app, org).await?;
    let mut tx = app.db.read(Scope::Org(organization.key)).await?;
    let numbers = store::phone_number::list(&mut tx, organization.key).await?;
    drop(tx);
    let found = numbers
        .into_iter()
        .find(|number| number.phone_number == *wanted)
        .ok_or_else(|| Failure::failed(format!("{} does not have {wanted}", organization.public.name)))?;
    remove_number::run(app, organization.key, found.id, by_system()).await?;
    say(format!("{wanted} is free."));
    Ok(())
}
