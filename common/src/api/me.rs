//! The signed-in person: password, second factor, sessions.

use serde::{Deserialize, Serialize};

use super::auth::{Membership, Organization, Role, User};
use crate::{At, SessionId, secret::shows};

/// `GET /api/v1/me`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    pub user: User,
    pub organization: Organization,
    pub role: Role,
    pub memberships: Vec<Membership>,
    /// A second factor is in use.
    #[serde(default)]
    pub totp: bool,
    /// Those that were not used yet.
    #[serde(default)]
    pub recovery_codes_left: u32,
}

/// `POST /api/v1/me/password` → 204; every other session of the person ends.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    pub current_password: String,
    pub new_password: String,
}

shows!(ChangePassword: );

/// `POST /api/v1/me/totp` → 200: what the authenticator app has to know. It counts once it is confirmed.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpSetup {
    /// Base32, to type in.
    pub secret: String,
    /// The same as an `otpauth://` address, to show as a QR code.
    pub otpauth_url: String,
}

shows!(TotpSetup: );

/// `POST /api/v1/me/totp/confirm` → 200 [`RecoveryCodes`]; every other session of the person ends.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmTotp {
    /// The six digits that the app shows.
    pub code: String,
}

shows!(ConfirmTotp: );

/// Told once. Each is good for one sign-in in place of a code.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    pub recovery_codes: Vec<String>,
}

shows!(RecoveryCodes: );

/// Both factors once more, for what a stolen session must not do: `DELETE /api/v1/me/totp` → 204, and
/// `POST /api/v1/me/recovery-codes` → 200 [`RecoveryCodes`], after which the ones before are good for nothing.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BothFactors {
    pub password: String,
    /// Of the app, or a recovery code.
    pub code: String,
}

shows!(BothFactors: );

/// `GET /api/v1/me/sessions` items, the one used last first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenSession {
    pub id: SessionId,
    /// The one that asks.
    pub current: bool,
    pub created_at: At,
    /// Right to a quarter of an hour: when it was last renewed.
    pub last_used_at: At,
    pub expires_at: At,
    /// From where, at that time.
    pub address: Option<String>,
    pub user_agent: Option<String>,
}
