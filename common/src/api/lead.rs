//! Leads: the list, one lead, its floor.

use serde::{Deserialize, Serialize};

use super::turn::{AuthorKind, Channel};
use crate::{At, LeadId, PhoneNumber, UserId};

text_enum! {
    pub enum LeadStatus {
        New = "new",
        Attempting = "attempting",
        Engaged = "engaged",
        Qualified = "qualified",
        AppointmentSet = "appointment_set",
        AppointmentConfirmed = "appointment_confirmed",
        Showed = "showed",
        SoldPending = "sold_pending",
        Delivered = "delivered",
        Nurture = "nurture",
        Lost = "lost",
        Bad = "bad",
        Duplicate = "duplicate",
    }
}

text_enum! {
    pub enum Sentiment {
        Warm = "warm",
        Neutral = "neutral",
        Negative = "negative",
        Cold = "cold",
        Frustrated = "frustrated",
        Ghosted = "ghosted",
        NeedsHuman = "needs_human",
    }
}

text_enum! {
    /// Who may speak next.
    pub enum FloorKind {
        Ai = "ai",
        Member = "member",
        /// Queued for a person.
        Nobody = "nobody",
        Paused = "paused",
    }
}

text_enum! {
    pub enum LeadSort {
        /// Customers without an answer first, the longest waiting on top; then by last turn.
        Waiting = "waiting",
        Recent = "recent",
        Created = "created",
        Name = "name",
    }
}

/// Exactly one holder, fenced by a number that only grows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Floor {
    pub kind: FloorKind,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member: Option<MemberRef>,
    pub fence: i64,
}

/// A member by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberRef {
    pub id: UserId,
    pub name: String,
}

/// The last turn of a thread, for the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastTurn {
    pub text: String,
    pub author: AuthorKind,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub channel: Option<Channel>,
    pub at: At,
}

/// `GET /api/v1/leads` items and `GET /api/v1/leads/{id}` (with `ETag: "<version>"`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lead {
    pub id: LeadId,
    pub name: Option<String>,
    pub phones: Vec<PhoneNumber>,
    pub emails: Vec<String>,
    pub status: LeadStatus,
    pub sentiment: Option<Sentiment>,
    pub floor: Floor,
    pub assigned_to: Option<MemberRef>,
    pub waiting_since: Option<At>,
    pub last_turn: Option<LastTurn>,
    /// Turns of the customer after the last message of ours.
    pub unread: i64,
    pub tags: Vec<String>,
    pub source: Option<String>,
    pub vehicle: Option<String>,
    /// True when the ledger says: do not text.
    pub opted_out: bool,
    pub created_at: At,
    /// Number of the last turn.
    pub turn_seq: i64,
    pub version: i64,
}

/// Query of `GET /api/v1/leads`. An unknown parameter is a 400.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct LeadQuery {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub status: Option<LeadStatus>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub floor: Option<FloorKind>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assigned_to: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub sentiment: Option<Sentiment>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting: Option<bool>,
    /// Name, phone (any 4 or more digits), e-mail or words of a message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub q: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub sort: Option<LeadSort>,
    /// 1 to 200, default 50.
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cursor: Option<String>,
}

/// `PATCH /api/v1/leads/{id}` with `If-Match: "<version>"`. An absent member stays; a `null` clears.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EditLead {
    #[serde(skip_serializing_if = "Option::is_none", default, with = "present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub name: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<LeadStatus>,
    #[serde(skip_serializing_if = "Option::is_none", default, with = "present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Sentiment>))]
    pub sentiment: Option<Option<Sentiment>>,
    #[serde(skip_serializing_if = "Option::is_none", default, with = "present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<UserId>))]
    pub assigned_to: Option<Option<UserId>>,
    #[serde(skip_serializing_if = "Option::is_none", default, with = "present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub vehicle: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tags: Option<Vec<String>>,
}

/// Tells an absent member from `null`.
mod present {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::<T>::deserialize(deserializer).map(Some)
    }
}

/// `POST /api/v1/leads` → 201 [`Lead`]; a phone that is a lead already → 409 `lead_exists` with `existing_id`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateLead {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// As people write it; national numbers are read in the organization's country.
    pub phone: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub vehicle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
}

/// `POST /api/v1/leads/{id}/notes` → 201 with the turn.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    pub text: String,
}

/// `POST /api/v1/leads/{id}/floor` → 200 [`FloorChanged`]; stale fence → 409 `floor_changed`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetFloor {
    /// `me`, `ai`, `nobody`, `paused` or a member's id.
    pub to: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub if_fence: Option<i64>,
    /// What becomes of the AI's drafts.
    #[serde(default)]
    pub drafts: DraftsChoice,
    /// Idle seconds after which the AI gets the floor back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hand_back_after: Option<u32>,
}

text_enum! {
    #[derive(Default)]
    pub enum DraftsChoice {
        #[default]
        Discard = "discard",
        Send = "send",
        Keep = "keep",
    }
}

/// Answer of the floor call.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FloorChanged {
    pub floor: Floor,
    pub fence: i64,
}
