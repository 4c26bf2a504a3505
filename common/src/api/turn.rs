//! The timeline: `GET /api/v1/leads/{id}/timeline`, newest first.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::message::Delivery;
use crate::{At, CallId, TurnId};

text_enum! {
    pub enum TurnKind {
        Message = "message",
        Utterance = "utterance",
        Note = "note",
        /// A marker: the floor changed, the customer opted out, the AI failed.
        System = "system",
    }
}

text_enum! {
    pub enum Channel {
        Sms = "sms",
        Voice = "voice",
        Email = "email",
    }
}

text_enum! {
    pub enum AuthorKind {
        Customer = "customer",
        Ai = "ai",
        Member = "member",
        System = "system",
    }
}

/// Who said it. `id` is the user's for a member; `name` is for showing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Author {
    pub kind: AuthorKind,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

/// One thing said or done. A message is a turn: same id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Turn {
    pub id: TurnId,
    /// Dense in the thread, from 1.
    pub seq: i64,
    pub kind: TurnKind,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub channel: Option<Channel>,
    pub author: Author,
    pub text: String,
    pub at: At,
    /// Only outgoing messages have one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub delivery: Option<Delivery>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub call_id: Option<CallId>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub media: Vec<Media>,
}

/// A picture or file that came with a text. Never fetched by anything but the daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Media {
    pub content_type: String,
    pub url: String,
}
