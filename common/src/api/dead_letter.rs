//! Dead letters: work that was given up after its last attempt and waits for a person.

use serde::{Deserialize, Serialize};

use crate::{At, JobId, LeadId};

/// One piece of given-up work: `GET /api/v1/dead-letters`, the newest first, 200 at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadLetter {
    pub id: JobId,
    /// `reply_with_agent`, `deliver_message`, `reconcile_message`, `hand_back_floor`, `expire_handoff`,
    /// `forget_receipts`, or a word of a newer version.
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lead_id: Option<LeadId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lead_name: Option<String>,
    pub attempts: i64,
    /// What the last attempt met, in a sentence.
    pub last_error: String,
    /// When it was given up.
    pub since: At,
}

impl DeadLetter {
    /// What was to be done, in an operator's words.
    pub fn work(&self) -> &str {
        match self.kind.as_str() {
            "reply_with_agent" => "let the AI answer",
            "deliver_message" => "send a text",
            "reconcile_message" => "find out what became of a text",
            "hand_back_floor" => "hand back to the AI",
            "expire_handoff" => "say that nobody took over",
            "forget_receipts" => "forget an erased customer's receipts",
            other => other,
        }
    }
}
