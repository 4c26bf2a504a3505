//! Drafts: text proposed by the AI or kept by a member, not sent.

use serde::{Deserialize, Serialize};

use super::turn::Author;
use crate::{At, DraftId, LeadId};

/// `GET /api/v1/leads/{id}/drafts` → `{items: [Draft]}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Draft {
    pub id: DraftId,
    pub lead_id: LeadId,
    pub author: Author,
    pub text: String,
    /// Stable word: what stopped it, such as `price_without_source`, `recalled`.
    pub reason: String,
    pub at: At,
}

/// `PATCH /api/v1/drafts/{id}` → 200 [`Draft`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EditDraft {
    pub text: String,
}
