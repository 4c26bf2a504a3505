//! How an organization's AI behaves: checked, its key sealed, put in the place of the profile before.

use lotline_common::{
    AgentProfileId,
    api::{
        audit::AuditAction,
        organization::{AgentProfile, SetAgentProfile},
    },
};

use super::watch_vendor;
use crate::{
    app::App,
    db::{Committed, Scope},
    domain::{
        account,
        audit::{Actor, Entry},
        breaker::Vendor,
        organization::OrgKey,
    },
    error::{Error, Result},
    store::{
        self,
        agent_profile::{SealedProfile, place},
    },
};

/// It goes in front of the AI's first message, which is one SMS or two.
const LONGEST_DISCLOSURE: usize = 300;

pub async fn run(app: &App, org: OrgKey, asked: SetAgentProfile, by: Actor) -> Result<AgentProfile> {
    let checked = check(asked)?;
    let (keyring, now) = (app.keyring.clone(), app.clock.now());
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                let organization = store::organization::find(tx, org).await?;
                let id = AgentProfileId::new();
                let sealer = keyring.sealer(tx, org, now).await?;
                let profile = SealedProfile {
                    organization_id: org.number(),
                    id,
                    provider: checked.provider,
                    agent_id: checked.agent_id,
                    api_key: sealer.seal(place(org, id), &checked.api_key.into())?,
                    connect: checked.connect,
                    disclosure: checked
                        .disclosure
                        .unwrap_or_else(|| disclosure(&checked.persona, &organization.public.name)),
                    persona: checked.persona,
                    language: checked.language.unwrap_or_else(|| "en".to_owned()),
                };
                let shown = public(&profile);
                watch_vendor::forgive(tx, org, Vendor::Agent, now).await?;
                store::organization::hold(tx, org).await?;
                store::agent_profile::replace(tx, org, profile, now).await?;
                let entry = Entry::new(AuditAction::AgentProfileSet, by).on(id);
                store::audit::append(tx, org, now, entry.with("agent_id", shown.agent_id.as_str())).await?;
                tx.tell(Committed::Directory);
                Ok(shown)
            })
        })
        .await
}

/// What may be told of a profile.
pub fn public(profile: &SealedProfile) -> AgentProfile {
    AgentProfile {
        provider: profile.provider,
        agent_id: profile.agent_id.clone(),
        connect: profile.connect,
        persona: profile.persona.clone(),
        disclosure: profile.disclosure.clone(),
        language: profile.language.clone(),
    }
}

/// The law wants the AI named as one in its first message; a profile without a sentence of its own gets this.
fn disclosure(persona: &str, organization: &str) -> String {
    format!("This is {persona}, {organization}'s AI assistant.")
}

fn check(mut asked: SetAgentProfile) -> Result<SetAgentProfile> {
    let graphic = |text: &str, longest: usize| {
        (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
    };
    if !graphic(&asked.agent_id, 128) {
        return Err(Error::invalid("agent_id", "must be the agent's id at the provider"));
    }
    if !graphic(&asked.api_key, 512) {
        return Err(Error::invalid("api_key", "must be an API key of the provider"));
    }
    asked.persona = account::name(&asked.persona)
        .ok_or_else(|| Error::invalid("persona", "must be 1 to 100 characters of plain text"))?;
    if let Some(text) = &asked.disclosure {
        let fits = !text.trim().is_empty() && text.chars().count() <= LONGEST_DISCLOSURE;
        if !fits || lotline_common::plain::plain(text) != *text {
            return Err(Error::invalid("disclosure", "must be 1 to 300 characters of plain text"));
        }
    }
    if let Some(language) = &asked.language
        && !(2..=16).contains(&language.len())
    {
        return Err(Error::invalid("language", "must be a language code like en or es"));
    }
    Ok(asked)
}
