//! Sign-in.

use serde::{Deserialize, Serialize};

use crate::{OrganizationId, UserId, secret::shows};

text_enum! {
    /// Each role may do what the ones after it may.
    pub enum Role {
        Admin = "admin",
        Manager = "manager",
        Agent = "agent",
        Viewer = "viewer",
    }
}

/// `POST /api/v1/auth/signup` → 201 [`Session`]. Either founds an organization or joins one by invite.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    pub email: String,
    pub password: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization: Option<NewOrganization>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invite_token: Option<String>,
}

shows!(SignUp: email, name, organization);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    pub name: String,
    /// Made from the name when absent. A taken one is a 409.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slug: Option<String>,
    /// IANA name, such as `America/Denver`; UTC when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub time_zone: Option<String>,
}

/// `POST /api/v1/auth/login` → 200 [`Session`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    pub email: String,
    pub password: String,
    /// Of the authenticator app, or a recovery code; asked for by 401 `totp_required`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub totp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization_id: Option<OrganizationId>,
}

shows!(LogIn: email, organization_id);

/// `POST /api/v1/auth/invites/accept` → 200 [`Session`] in the organization that was joined: somebody who has an account
/// signs in with it and joins.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AcceptInvite {
    pub email: String,
    pub password: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub totp: Option<String>,
    pub invite_token: String,
}

shows!(AcceptInvite: email);

/// `POST /api/v1/auth/refresh` → 200 [`Session`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    pub refresh_token: String,
}

shows!(Refresh: );

/// `POST /api/v1/auth/switch` → 200 [`Session`]; the refresh token stays the same and is not repeated.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Switch {
    pub organization_id: OrganizationId,
}

/// What every sign-in call answers.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    pub access_token: String,
    pub token_type: String,
    /// Seconds.
    pub expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refresh_token: Option<String>,
    pub user: User,
    pub organization: Organization,
    pub role: Role,
    pub memberships: Vec<Membership>,
    /// The organization wants a second factor that this person does not have: until then the session is good for
    /// nothing but setting one up.
    #[serde(default)]
    pub totp_setup_required: bool,
}

shows!(Session: user, role);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    pub slug: String,
    pub time_zone: String,
    /// Where the store is, as two letters.
    #[serde(default)]
    pub address_state: Option<String>,
    /// Every member needs a second factor.
    #[serde(default)]
    pub require_totp: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Membership {
    pub organization_id: OrganizationId,
    pub name: String,
    pub role: Role,
}
