//! The audit log: who did or read what sensitive thing, when and from where.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    AgentProfileId, ApiKeyId, At, CarrierAccountId, InviteId, LeadId, OrganizationId, PhoneNumberId,
    SessionId, UserId,
};

text_enum! {
    /// What was done. Closed: whoever adds a deed that must be told adds a word here.
    pub enum AuditAction {
        SignedUp = "account.signed_up",
        SignedIn = "account.signed_in",
        /// A wrong password or one-time code for an account that exists.
        SignInFailed = "account.sign_in_failed",
        SignedOut = "account.signed_out",
        OrganizationSwitched = "account.organization_switched",
        PasswordChanged = "account.password_changed",
        TotpEnabled = "account.totp_enabled",
        TotpDisabled = "account.totp_disabled",
        RecoveryCodeUsed = "account.recovery_code_used",
        RecoveryCodesRenewed = "account.recovery_codes_renewed",
        SessionRevoked = "session.revoked",
        /// A refresh token that was used already came back: a stolen copy.
        RefreshTokenReused = "session.refresh_token_reused",
        OrganizationCreated = "organization.created",
        OrganizationChanged = "organization.changed",
        MemberAdded = "member.added",
        RoleChanged = "member.role_changed",
        MemberDeactivated = "member.deactivated",
        MemberReactivated = "member.reactivated",
        MemberRemoved = "member.removed",
        /// Shut out of every organization.
        PersonDisabled = "member.person_disabled",
        /// Let in again, wherever no organization shut them out itself.
        PersonEnabled = "member.person_enabled",
        InviteCreated = "invite.created",
        InviteRevoked = "invite.revoked",
        InviteAccepted = "invite.accepted",
        ApiKeyCreated = "api_key.created",
        ApiKeyRevoked = "api_key.revoked",
        CarrierSet = "carrier.set",
        AgentProfileSet = "agent_profile.set",
        NumberAdded = "number.added",
        NumberChanged = "number.changed",
        NumberRemoved = "number.removed",
        /// From one organization to another; each has a line.
        NumberMoved = "number.moved",
        ConsentRecorded = "lead.consent_recorded",
        /// A customer was opened by a person, or their thread, drafts or consents: one line per person, lead and hour.
        LeadRead = "lead.read",
        ApplicationRead = "lead.application_read",
        ApplicationChanged = "lead.application_changed",
        LegalHoldSet = "lead.legal_hold_set",
        LegalHoldLifted = "lead.legal_hold_lifted",
        LeadExported = "lead.exported",
        LeadErased = "lead.erased",
        /// Work that was given up is tried again.
        JobRetried = "job.retried",
        /// Work that was given up is let go.
        JobGivenUp = "job.given_up",
        /// Somebody asked for a customer of more than one organization without naming one, and was shown nothing.
        LookupAmbiguous = "lead.lookup_ambiguous",
        DataExported = "data.exported",
        RetentionChanged = "retention.changed",
        RetentionPruned = "retention.pruned",
        KeysRotated = "keys.rotated",
        AuditRead = "audit.read",
        AuditExported = "audit.exported",
        /// Lines up to one were removed because their time was over.
        AuditCut = "audit.cut",
    }
}

text_enum! {
    pub enum AuditActorKind {
        Member = "member",
        ApiKey = "api_key",
        /// Whoever runs the installation.
        CommandLine = "command_line",
        /// Lotline by itself.
        System = "system",
    }
}

text_enum! {
    /// What a line is about; its id says which one.
    pub enum AuditSubjectKind {
        Lead = "lead",
        Member = "member",
        Session = "session",
        Invite = "invite",
        ApiKey = "api_key",
        Number = "number",
        Carrier = "carrier",
        AgentProfile = "agent_profile",
        Organization = "organization",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditActor {
    pub kind: AuditActorKind,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Uuid>,
    /// As the person is called now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditSubject {
    pub kind: AuditSubjectKind,
    pub id: Uuid,
}

macro_rules! subject {
    ($($id:ty => $kind:ident),+ $(,)?) => {
        $(impl From<$id> for AuditSubject {
            fn from(id: $id) -> Self {
                Self { kind: AuditSubjectKind::$kind, id: id.uuid() }
            }
        })+
    };
}

subject! {
    LeadId => Lead,
    UserId => Member,
    SessionId => Session,
    InviteId => Invite,
    ApiKeyId => ApiKey,
    PhoneNumberId => Number,
    CarrierAccountId => Carrier,
    AgentProfileId => AgentProfile,
    OrganizationId => Organization,
}

/// One line: `GET /api/v1/audit` and `GET /api/v1/leads/{id}/audit`, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLine {
    /// Dense in the organization, from 1.
    pub seq: i64,
    pub at: At,
    pub action: AuditAction,
    pub actor: AuditActor,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<AuditSubject>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_agent: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub detail: Map<String, Value>,
    /// SHA-256 of the line before's hash and this line, in hexadecimal.
    pub hash: String,
}

/// Query of `GET /api/v1/audit`. An unknown parameter is a 400.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// From this moment on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<At>,
    /// Before this moment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<At>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[cfg_attr(feature = "openapi", param(inline))]
    pub action: Option<AuditAction>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actor: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lead: Option<LeadId>,
    /// 1 to 200, default 50.
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cursor: Option<String>,
}
