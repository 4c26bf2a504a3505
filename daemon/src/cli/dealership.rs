//! Two fictional dealerships: what the demo and the simulator set up at the simulated vendors.
//!
//! They share customers on purpose, and each has a code word that only its own customers say, so that a leak between
//! them is seen. Nothing here is used by a real store.

use lotline_common::{
    PhoneNumber,
    api::organization::{
        AddNumber, AgentConnect, AgentProvider, CarrierProvider, SetAgentProfile, SetCarrier, VoiceMode,
    },
};
use lotline_sim::{Account, Agent, Number, Simulator, Store};

use super::failure::Failure;

/// Where the carrier posts inbound texts, below the daemon's public URL.
const SMS_WEBHOOK: &str = "/api/webhooks/twilio/sms/incoming";

/// One store with its accounts at the simulated vendors.
#[derive(Debug, Clone)]
pub(super) struct Dealership {
    pub(super) name: &'static str,
    pub(super) slug: &'static str,
    pub(super) time_zone: &'static str,
    pub(super) number: &'static str,
    /// Said by this store's customers alone.
    pub(super) canary: &'static str,
    pub(super) persona: &'static str,
    pub(super) account_sid: String,
    pub(super) auth_token: String,
    pub(super) agent_id: String,
    pub(super) agent_key: String,
}

/// Both of them; the credentials come from `rng`.
pub(super) fn both(rng: &mut fastrand::Rng) -> Vec<Dealership> {
    let mut store = |name, slug, time_zone, number, canary, persona| Dealership {
        name,
        slug,
        time_zone,
        number,
        canary,
        persona,
        account_sid: format!("AC{:032x}", rng.u128(..)),
        auth_token: format!("{:032x}", rng.u128(..)),
        agent_id: format!("agent_{slug}"),
        agent_key: format!("sk_{:032x}", rng.u128(..)),
    };
    vec![
        store("Juniper Motors", "juniper-motors", "America/Denver", "+13035550190", "MARIGOLD", "Maya"),
        store("Copper Ridge Auto", "copper-ridge-auto", "America/Chicago", "+17205550191", "COBALT", "Nora"),
    ]
}

impl Dealership {
    /// Opens its accounts at the simulated vendors; texts to its number are posted to the daemon at `public_url`.
    pub(super) fn register(&self, simulator: &Simulator, public_url: &str) {
        simulator.register_account(Account {
            sid: self.account_sid.clone(),
            auth_token: self.auth_token.clone(),
            ..Account::default()
        });
        simulator.register_number(Number {
            phone_number: self.number.to_owned(),
            account_sid: self.account_sid.clone(),
            sms_url: format!("{}{SMS_WEBHOOK}", public_url.trim_end_matches('/')),
        });
        simulator.register_agent(Agent {
            agent_id: self.agent_id.clone(),
            api_key: self.agent_key.clone(),
            ..Agent::default()
        });
    }

    /// As its customers know it.
    pub(super) fn store(&self) -> Store {
        Store { number: self.number.to_owned(), brand: self.name.to_owned(), canary: self.canary.to_owned() }
    }

    pub(super) fn own_number(&self) -> Result<AddNumber, Failure> {
        Ok(AddNumber {
            phone_number: self.number.parse::<PhoneNumber>().map_err(Failure::failed)?,
            label: Some("Sales".to_owned()),
            sms: true,
            voice_mode: VoiceMode::RingTeam,
        })
    }

    pub(super) fn carrier(&self) -> SetCarrier {
        SetCarrier {
            provider: CarrierProvider::Twilio,
            account_sid: self.account_sid.clone(),
            auth_token: self.auth_token.clone(),
            auth_token_secondary: None,
            api_key_sid: None,
            api_key_secret: None,
            answers_keywords: true,
        }
    }

    pub(super) fn agent(&self) -> SetAgentProfile {
        SetAgentProfile {
            provider: AgentProvider::Elevenlabs,
            agent_id: self.agent_id.clone(),
            api_key: self.agent_key.clone(),
            connect: AgentConnect::SignedUrl,
            persona: self.persona.to_owned(),
            disclosure: None,
            language: None,
        }
    }
}
