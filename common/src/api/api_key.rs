//! API keys: how other programs act for a member.

use serde::{Deserialize, Serialize};

use super::auth::Role;
use crate::{ApiKeyId, At, UserId, secret::shows};

text_enum! {
    /// What a key may be narrowed to. Each route that a key may call names one; the role still decides as well.
    pub enum KeyScope {
        SettingsRead = "settings:read",
        SettingsWrite = "settings:write",
        /// Members, invites and the list of keys.
        MembersRead = "members:read",
        /// Whoever may invite can let anybody in, themselves too.
        MembersWrite = "members:write",
        /// Customers with their threads, drafts and consents.
        LeadsRead = "leads:read",
        LeadsWrite = "leads:write",
        /// A customer's whole record, with who saw it.
        LeadsExport = "leads:export",
        ApplicationsRead = "applications:read",
        ApplicationsWrite = "applications:write",
        /// Texts: sent, taken back, settled; drafts edited, sent and dropped.
        MessagesSend = "messages:send",
        AuditRead = "audit:read",
        /// The live stream, which tells what is said as well.
        EventsRead = "events:read",
    }
}

/// `POST /api/v1/api-keys` → 201 [`NewApiKey`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MakeApiKey {
    /// What it is for.
    pub name: String,
    /// Never above the maker's.
    pub role: Role,
    /// What of that it may: one or more. Everything when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scopes: Option<Vec<KeyScope>>,
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
    /// Absent: everything that the role may.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scopes: Option<Vec<KeyScope>>,
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

shows!(NewApiKey: api_key);
