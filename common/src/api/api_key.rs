//! API keys: how other programs act for a member.

use serde::{Deserialize, Serialize};

use super::auth::Role;
use crate::{ApiKeyId, At, UserId};

/// `POST /api/v1/api-keys` → 201 [`NewApiKey`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MakeApiKey {
    /// What it is for.
    pub name: String,
    /// Never above the maker's.
    pub role: Role,
    /// Ninety when absent, 366 at most.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_in_days: Option<u32>,
}

/// `GET /api/v1/api-keys` items: those that are neither revoked nor expired.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub role: Role,
    /// As whom it acts, and with whose membership it ends.
    pub made_by: UserId,
    pub created_at: At,
    pub expires_at: At,
    /// Right to an hour.
    pub last_used_at: Option<At>,
}

/// A key with its text, which is told once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewApiKey {
    #[serde(flatten)]
    pub api_key: ApiKey,
    /// To be sent as `Authorization: Bearer lk_…`.
    pub key: String,
}
