//! Sending: `POST /api/v1/leads/{id}/messages`, recall and resolve.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::At;

text_enum! {
    /// State of an outgoing message. Only `held` can be recalled; `unknown` may need an operator.
    pub enum DeliveryState {
        /// Inside the undo window, kept by the daemon.
        Held = "held",
        Queued = "queued",
        /// The request to the carrier may be under way. Never shown for longer than a request takes.
        Attempting = "attempting",
        Accepted = "accepted",
        Sent = "sent",
        Delivered = "delivered",
        Undelivered = "undelivered",
        Failed = "failed",
        Unknown = "unknown",
        Recalled = "recalled",
        Refused = "refused",
    }
}

/// Where an outgoing message is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    pub state: DeliveryState,
    /// Made by the console that sent it: reconciles its local echo.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hold_until: Option<At>,
    pub segments: i64,
    #[serde(default)]
    pub attempts: i64,
    /// The carrier's error number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error_code: Option<i64>,
    /// Stable word: why it was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// One sentence: what an operator should do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub advice: Option<String>,
    /// True when the outcome is unknown and only a person can settle it.
    #[serde(default)]
    pub needs_operator: bool,
}

/// `POST /api/v1/leads/{id}/messages` → 202 with the turn.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    pub body: String,
    /// One per intent: the same id twice is the same message.
    pub client_id: Uuid,
    /// Undo window, 0 to 30; the organization's default when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hold_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub send_at: Option<At>,
    /// The `seq` of the last turn the sender saw; 409 `thread_changed` when the customer or the AI spoke since.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected_turn: Option<i64>,
}

/// `POST /api/v1/messages/{id}/recall` → 200: the text is a draft again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recalled {
    pub draft: super::draft::Draft,
}

text_enum! {
    /// What an operator knows of an unknown outcome.
    pub enum Resolution {
        Sent = "sent",
        NotSent = "not_sent",
        SendAgain = "send_again",
    }
}

/// `POST /api/v1/messages/{id}/resolve`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResolveMessage {
    #[serde(rename = "as")]
    pub resolution: Resolution,
}
