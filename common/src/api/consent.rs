//! The consent ledger and the contact gate's answer.

use serde::{Deserialize, Serialize};

use super::turn::Channel;
use crate::{At, PhoneNumber, TurnId, problem::Reason};

text_enum! {
    pub enum ConsentKind {
        OptOut = "opt_out",
        OptIn = "opt_in",
    }
}

text_enum! {
    /// How we learned of it.
    pub enum ConsentSource {
        /// The customer texted a keyword.
        Keyword = "keyword",
        /// The carrier refused a send because the customer had opted out there.
        Carrier = "carrier",
        /// A member entered what the customer said.
        Member = "member",
        /// The AI understood an opt-out in other words.
        Ai = "ai",
    }
}

/// One line of the ledger, append-only: `GET /api/v1/leads/{id}/consents`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consent {
    pub kind: ConsentKind,
    pub channel: Channel,
    pub phone: PhoneNumber,
    pub source: ConsentSource,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turn_id: Option<TurnId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    pub at: At,
}

/// `POST /api/v1/leads/{id}/consents` → 201 [`Consent`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordConsent {
    pub kind: ConsentKind,
    /// What the customer said and where.
    pub note: String,
}

/// `POST /api/v1/leads/{id}/contact-check`: asks the gate, changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContactCheck {
    pub channel: Channel,
    pub purpose: Purpose,
}

text_enum! {
    /// Why we contact somebody.
    pub enum Purpose {
        /// An answer to what the customer just wrote.
        Reply = "reply",
        /// A person's own message.
        Conversation = "conversation",
        /// The one confirmation an opt-out, opt-in or HELP gets.
        Compliance = "compliance",
    }
}

/// The gate's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactAnswer {
    pub allowed: bool,
    pub reasons: Vec<Reason>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_allowed_at: Option<At>,
    /// Version of the rules that answered.
    pub ruleset: String,
}
