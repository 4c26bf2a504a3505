//! An organization's own things: numbers, carrier account, agent profile, members.

use serde::{Deserialize, Serialize};

use super::auth::Role;
use crate::{PhoneNumber, PhoneNumberId, UserId, secret::shows};

text_enum! {
    /// Who answers a call to this number.
    #[derive(Default)]
    pub enum VoiceMode {
        AgentBridge = "agent_bridge",
        AgentRegister = "agent_register",
        AgentNative = "agent_native",
        #[default]
        RingTeam = "ring_team",
        Voicemail = "voicemail",
    }
}

/// `GET /api/v1/phone-numbers` items.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnNumber {
    pub id: PhoneNumberId,
    pub phone_number: PhoneNumber,
    pub label: Option<String>,
    pub sms: bool,
    pub voice_mode: VoiceMode,
}

/// `POST /api/v1/phone-numbers` → 201 [`OwnNumber`]; held by any organization → 409.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddNumber {
    pub phone_number: PhoneNumber,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    #[serde(default = "yes")]
    pub sms: bool,
    #[serde(default)]
    pub voice_mode: VoiceMode,
}

/// `PATCH /api/v1/phone-numbers/{id}` → 200 [`OwnNumber`]. An absent member stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EditNumber {
    /// `null` clears.
    #[serde(skip_serializing_if = "Option::is_none", default, with = "super::present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub label: Option<Option<String>>,
    /// Texts come in by it, and new threads begin from it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sms: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub voice_mode: Option<VoiceMode>,
}

const fn yes() -> bool {
    true
}

text_enum! {
    pub enum CarrierProvider {
        Twilio = "twilio",
    }
}

/// `PUT /api/v1/carrier` → 200 [`Carrier`]. Secrets are written, never read back.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetCarrier {
    pub provider: CarrierProvider,
    pub account_sid: String,
    pub auth_token: String,
    /// The other token during a rotation: webhooks signed with either are accepted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auth_token_secondary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub api_key_sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub api_key_secret: Option<String>,
    /// The carrier itself answers STOP, START and HELP, so we only record them.
    #[serde(default = "yes")]
    pub answers_keywords: bool,
}

shows!(SetCarrier: account_sid);

/// `GET /api/v1/carrier`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Carrier {
    pub provider: CarrierProvider,
    pub account_sid: String,
    pub api_key_sid: Option<String>,
    pub has_secondary_token: bool,
    pub answers_keywords: bool,
}

text_enum! {
    pub enum AgentProvider {
        Elevenlabs = "elevenlabs",
    }
}

text_enum! {
    /// How a session is authorised.
    #[derive(Default)]
    pub enum AgentConnect {
        /// Ask for a signed URL with the key, then connect without it.
        #[default]
        SignedUrl = "signed_url",
        /// Send the key as a header of the upgrade request.
        KeyHeader = "key_header",
    }
}

/// `PUT /api/v1/agent-profile` → 200 [`AgentProfile`]. The key is written, never read back.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetAgentProfile {
    pub provider: AgentProvider,
    pub agent_id: String,
    pub api_key: String,
    #[serde(default)]
    pub connect: AgentConnect,
    /// The name the AI goes by.
    pub persona: String,
    /// The sentence that discloses the AI, prefixed to its first message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disclosure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
}

shows!(SetAgentProfile: agent_id);

/// `GET /api/v1/agent-profile`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentProfile {
    pub provider: AgentProvider,
    pub agent_id: String,
    pub connect: AgentConnect,
    pub persona: String,
    pub disclosure: String,
    pub language: String,
}

/// `GET /api/v1/members` items.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    /// Shut out: by an admin here, or by whoever runs the installation.
    #[serde(default)]
    pub disabled: bool,
    /// A second factor is in use. Told to admins and managers alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub totp: Option<bool>,
}

/// `PATCH /api/v1/members/{id}` → 200 [`Member`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EditMember {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<Role>,
    /// Ends their sessions, event streams and API keys here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disabled: Option<bool>,
}

/// `PATCH /api/v1/organization` → 200 [`Organization`](super::auth::Organization). An absent member stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EditOrganization {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// IANA name, such as `America/Denver`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub time_zone: Option<String>,
    /// Two letters, such as `CO`; `null` clears.
    #[serde(skip_serializing_if = "Option::is_none", default, with = "super::present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub address_state: Option<Option<String>>,
    /// Members without a second factor can then do nothing but set one up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub require_totp: Option<bool>,
}
