//! Invites: the way into an organization.

use serde::{Deserialize, Serialize};

use super::auth::Role;
use crate::{At, InviteId, UserId};

/// `POST /api/v1/invites` → 201 [`NewInvite`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// Only the owner of this address can use it.
    pub email: String,
    pub role: Role,
    /// Seven when absent, thirty at most.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_in_days: Option<u32>,
}

/// `GET /api/v1/invites` items: those that can still be used.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenInvite {
    pub id: InviteId,
    pub email: String,
    pub role: Role,
    /// Absent: whoever runs the installation.
    pub invited_by: Option<UserId>,
    pub created_at: At,
    pub expires_at: At,
}

/// An invite with its token, which is told once: pass it on to the invited person and nobody else.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInvite {
    #[serde(flatten)]
    pub invite: OpenInvite,
    pub token: String,
}
