//! `lotlined carrier`: an organization's carrier account.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lotline_common::api::organization::{CarrierProvider, SetCarrier};
use secrecy::ExposeSecret;

use super::{Done, failure::Failure, organization_of, output::say, secret};
use crate::{
    action::{by_system, set_carrier},
    app::App,
};

#[derive(Subcommand)]
pub(super) enum Carrier {
    /// Set the account; the one before is retired.
    Set(Set),
}

#[derive(Args)]
pub(super) struct Set {
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// AC and 32 digits.
    #[arg(long)]
    account_sid: String,
    /// File with the auth token; `-` or none: standard input, or a prompt.
    #[arg(long, value_name = "FILE")]
    auth_token_file: Option<PathBuf>,
    /// File with the other token during a rotation.
    #[arg(long, value_name = "FILE")]
    auth_token_secondary_file: Option<PathBuf>,
    /// SK and 32 digits; calls to the carrier then use this key and not the token.
    #[arg(long, requires = "api_key_secret_file")]
    api_key_sid: Option<String>,
    #[arg(long, value_name = "FILE", requires = "api_key_sid")]
    api_key_secret_file: Option<PathBuf>,
    /// The carrier does not answer STOP, START and HELP by itself; we do.
    #[arg(long)]
    no_answers_keywords: bool,
}

impl Carrier {
    pub(super) async fn run(self, app: &App) -> Done {
        let Self::Set(set) = self;
        let organization = organization_of(app, set.org.as_deref()).await?;
        let asked = set.read()?;
        let carrier = set_carrier::run(app, organization.key, asked, by_system()).await?;
        let name = organization.public.name;
        say(format!("{name} sends through {} {}.", carrier.provider, carrier.account_sid));
        say("Check it with `lotlined doctor`.");
        Ok(())
    }
}

impl Set {
    fn read(self) -> Result<SetCarrier, Failure> {
        let text = |secret: secrecy::SecretString| secret.expose_secret().to_owned();
        let optional = |file: Option<PathBuf>, what| {
            file.map(|file| secret::read(Some(&file), what).map(text)).transpose()
        };
        Ok(SetCarrier {
            provider: CarrierProvider::Twilio,
            account_sid: self.account_sid,
            auth_token: secret::read(self.auth_token_file.as_deref(), "Auth token").map(text)?,
            auth_token_secondary: optional(self.auth_token_secondary_file, "Secondary auth token")?,
            api_key_sid: self.api_key_sid,
            api_key_secret: optional(self.api_key_secret_file, "API key secret")?,
            answers_keywords: !self.no_answers_keywords,
        })
    }
}
