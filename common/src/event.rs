//! Events: immutable facts of one organization, numbered from 1 without a gap; a restored backup leaves one gap. What the
//! stream carries.
//!
//! Nothing here holds message text of its own: a `turn` is joined when the event is shown, so that erasure reaches it.

use serde::{Deserialize, Serialize};

use crate::{
    At, DraftId, LeadId, PhoneNumberId, TurnId, UserId,
    api::{
        lead::Floor,
        message::{Delivery, DeliveryState},
        turn::{Author, Turn},
    },
};

text_enum! {
    /// What happened. The word is the SSE `event:` field and the `type` member.
    pub enum EventKind {
        /// A customer wrote for the first time, or a lead was entered.
        LeadCreated = "lead.created",
        /// Name, status, assignment or other facts of a lead changed: fetch it again.
        LeadUpdated = "lead.updated",
        /// A customer was erased: forget them.
        LeadErased = "lead.erased",
        /// Something was said or done in a thread; `turn` is it.
        TurnAdded = "turn.added",
        MessageHeld = "message.held",
        MessageQueued = "message.queued",
        MessageAccepted = "message.accepted",
        MessageSent = "message.sent",
        MessageDelivered = "message.delivered",
        MessageUndelivered = "message.undelivered",
        MessageFailed = "message.failed",
        MessageRefused = "message.refused",
        MessageRecalled = "message.recalled",
        /// The carrier may or may not have it; an operator may have to decide.
        MessageUnknown = "message.unknown",
        DraftAdded = "draft.added",
        DraftRemoved = "draft.removed",
        /// Work was given up after its last attempt: a person decides.
        DeadLetterAdded = "dead_letter.added",
        /// It is tried again, or was let go.
        DeadLetterRemoved = "dead_letter.removed",
        /// Who may speak next changed; `floor` is the new value.
        FloorChanged = "floor.changed",
        /// The AI gave up or the customer asked for a person: somebody must take the floor.
        HandoffRequested = "handoff.requested",
        HandoffAccepted = "handoff.accepted",
        HandoffExpired = "handoff.expired",
        ConsentChanged = "consent.changed",
        AssignmentChanged = "assignment.changed",
        NumberChanged = "number.changed",
        MemberChanged = "member.changed",
        SecurityAlert = "security.alert",
        /// Something is wrong with the desk, `reason` says what; it lasts until `alarm.cleared`.
        AlarmRaised = "alarm.raised",
        AlarmCleared = "alarm.cleared",
    }
}

impl EventKind {
    /// The event that tells of a delivery's new state; `attempting` is internal and tells nobody.
    pub const fn of_delivery(state: DeliveryState) -> Option<Self> {
        Some(match state {
            DeliveryState::Held => Self::MessageHeld,
            DeliveryState::Queued => Self::MessageQueued,
            DeliveryState::Attempting => return None,
            DeliveryState::Accepted => Self::MessageAccepted,
            DeliveryState::Sent => Self::MessageSent,
            DeliveryState::Delivered => Self::MessageDelivered,
            DeliveryState::Undelivered => Self::MessageUndelivered,
            DeliveryState::Failed => Self::MessageFailed,
            DeliveryState::Unknown => Self::MessageUnknown,
            DeliveryState::Recalled => Self::MessageRecalled,
            DeliveryState::Refused => Self::MessageRefused,
        })
    }
}

/// One event as the stream shows it. `id:` of the SSE frame is `seq`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    pub seq: i64,
    #[serde(rename = "type")]
    pub kind: EventKind,
    pub at: At,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lead_id: Option<LeadId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actor: Option<Author>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turn: Option<Turn>,
    #[serde(flatten)]
    pub detail: Detail,
}

/// The stored part of an event: ids, enums and numbers only.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Detail {
    /// The turn that was added, or whose delivery changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turn_id: Option<TurnId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub delivery: Option<Delivery>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub floor: Option<Floor>,
    /// With `turn.added`, and with `lead.updated` whose reason is `unsaid`: since when the customer waits, absent when
    /// nobody does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting_since: Option<At>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub draft_id: Option<DraftId>,
    /// With `consent.changed` and `lead.created`: may this customer be texted now?
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub opted_out: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phone_number_id: Option<PhoneNumberId>,
    /// A stable word: why the AI handed over, why a message was refused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// What a stream sends besides events. Neither has an `id`, so neither moves the resume point by itself.
pub mod control {
    use serde::{Deserialize, Serialize};

    /// SSE `event: ping`, every 10 s, `data: {}`.
    pub const PING: &str = "ping";
    /// SSE `event: reset`: the resume point is too old (or from the future); fetch everything and go on from `seq`.
    pub const RESET: &str = "reset";

    /// Body of `reset`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
    pub struct Reset {
        pub seq: i64,
    }
}
