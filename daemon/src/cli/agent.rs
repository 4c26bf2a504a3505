//! `lotlined agent`: an organization's AI.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lotline_common::api::organization::{AgentConnect, AgentProvider, SetAgentProfile};
use secrecy::ExposeSecret;

use super::{Done, organization_of, output::say, secret};
use crate::{
    action::{by_system, set_agent_profile},
    app::App,
};

#[derive(Subcommand)]
pub(super) enum Agent {
    /// Set the agent; the one before is retired.
    Set(Set),
}

#[derive(Args)]
pub(super) struct Set {
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    #[arg(long, default_value = "elevenlabs")]
    provider: AgentProvider,
    #[arg(long)]
    agent_id: String,
    /// File with the provider's API key; `-` or none: standard input, or a prompt.
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// signed_url or key_header.
    #[arg(long, default_value = "signed_url")]
    connect: AgentConnect,
    /// The name the AI goes by.
    #[arg(long)]
    persona: String,
    /// The sentence that discloses the AI; made from the names when absent.
    #[arg(long)]
    disclosure: Option<String>,
    #[arg(long)]
    language: Option<String>,
}

impl Agent {
    pub(super) async fn run(self, app: &App) -> Done {
        let Self::Set(set) = self;
        let organization = organization_of(app, set.org.as_deref()).await?;
        let api_key = secret::read(set.api_key_file.as_deref(), "API key")?;
        let asked = SetAgentProfile {
            provider: set.provider,
            agent_id: set.agent_id,
            api_key: api_key.expose_secret().to_owned(),
            connect: set.connect,
            persona: set.persona,
            disclosure: set.disclosure,
            language: set.language,
        };
        let profile = set_agent_profile::run(app, organization.key, asked, by_system()).await?;
        say(format!(
            "{} of {} introduces itself: {}",
            profile.persona, organization.public.name, profile.disclosure
        ));
        say("Check it with `lotlined doctor`.");
        Ok(())
    }
}
