//! The table: method, path, who reaches it, and what whoever reaches it is answered to an empty request.

use lotline_common::api::{
    api_key::KeyScope::{
        self, ApplicationsRead, ApplicationsWrite, AuditRead, EventsRead, LeadsExport, LeadsRead, LeadsWrite,
        MembersRead, MembersWrite, MessagesSend, SettingsRead, SettingsWrite,
    },
    auth::Role,
};

/// Who gets past the door.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach {
    /// No token is asked for; the body or the signature decides.
    Anybody,
    /// A signed-in person in this role or one above; no key.
    Person(Role),
    /// This role and those above, by session or key; a narrowed key needs the scope.
    Role(Role, KeyScope),
}

/// Which id stands in the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    Absent,
    /// A customer of the organization.
    Lead,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) reach: Reach,
    pub(super) fill: Fill,
    /// Sends `{}`.
    pub(super) body: bool,
    pub(super) status: u16,
}

const fn row(method: &'static str, path: &'static str, reach: Reach, status: u16) -> Row {
    let body = !matches!(method.as_bytes(), b"GET" | b"DELETE");
    Row { method, path, reach, fill: Fill::Absent, body, status }
}

/// A route of one customer.
const fn lead(method: &'static str, path: &'static str, reach: Reach, status: u16) -> Row {
    Row { fill: Fill::Lead, ..row(method, path, reach, status) }
}

const ANYBODY: Reach = Reach::Anybody;
const PERSON: Reach = Reach::Person(Role::Viewer);

const fn viewer(scope: KeyScope) -> Reach {
    Reach::Role(Role::Viewer, scope)
}

const fn agent(scope: KeyScope) -> Reach {
    Reach::Role(Role::Agent, scope)
}

const fn manager(scope: KeyScope) -> Reach {
    Reach::Role(Role::Manager, scope)
}

const fn admin(scope: KeyScope) -> Reach {
    Reach::Role(Role::Admin, scope)
}

/// The last line ends the sessions that the others need.
pub(super) const TABLE: &[Row] = &[
    row("GET", "/healthz", ANYBODY, 200),
    row("GET", "/readyz", ANYBODY, 200),
    row("GET", "/openapi.json", ANYBODY, 200),
    row("GET", "/join", ANYBODY, 200),
    row("GET", "/docs", ANYBODY, 200),
    row("GET", "/docs/{part}", ANYBODY, 404),
    row("POST", "/api/webhooks/twilio/sms/incoming", ANYBODY, 503),
    row("POST", "/api/webhooks/twilio/sms/status/{token}", ANYBODY, 403),
    row("POST", "/api/v1/auth/signup", ANYBODY, 400),
    row("POST", "/api/v1/auth/login", ANYBODY, 400),
    row("POST", "/api/v1/auth/invites/show", ANYBODY, 400),
    row("POST", "/api/v1/auth/invites/accept", ANYBODY, 400),
    row("POST", "/api/v1/auth/refresh", ANYBODY, 400),
    row("POST", "/api/v1/auth/switch", PERSON, 400),
    row("GET", "/api/v1/me", PERSON, 200),
    row("POST", "/api/v1/me/password", PERSON, 400),
    row("POST", "/api/v1/me/totp", PERSON, 200),
    row("POST", "/api/v1/me/totp/confirm", PERSON, 400),
    row("DELETE", "/api/v1/me/totp", PERSON, 400),
    row("POST", "/api/v1/me/recovery-codes", PERSON, 400),
    row("GET", "/api/v1/me/sessions", PERSON, 200),
    row("DELETE", "/api/v1/me/sessions", PERSON, 204),
    row("DELETE", "/api/v1/me/sessions/{id}", PERSON, 404),
    row("GET", "/api/v1/organization", viewer(SettingsRead), 200),
    row("PATCH", "/api/v1/organization", admin(SettingsWrite), 200),
    row("GET", "/api/v1/members", viewer(MembersRead), 200),
    row("PATCH", "/api/v1/members/{id}", admin(MembersWrite), 404),
    row("DELETE", "/api/v1/members/{id}", admin(MembersWrite), 404),
    row("GET", "/api/v1/invites", manager(MembersRead), 200),
    row("POST", "/api/v1/invites", manager(MembersWrite), 400),
    row("DELETE", "/api/v1/invites/{id}", manager(MembersWrite), 404),
    row("GET", "/api/v1/api-keys", admin(MembersRead), 200),
    row("POST", "/api/v1/api-keys", Reach::Person(Role::Admin), 400),
    row("DELETE", "/api/v1/api-keys/{id}", admin(MembersWrite), 404),
    row("GET", "/api/v1/carrier", viewer(SettingsRead), 404),
    row("PUT", "/api/v1/carrier", admin(SettingsWrite), 400),
    row("GET", "/api/v1/agent-profile", viewer(SettingsRead), 404),
    row("PUT", "/api/v1/agent-profile", admin(SettingsWrite), 400),
    row("GET", "/api/v1/phone-numbers", viewer(SettingsRead), 200),
    row("POST", "/api/v1/phone-numbers", admin(SettingsWrite), 400),
    row("PATCH", "/api/v1/phone-numbers/{id}", admin(SettingsWrite), 404),
    row("DELETE", "/api/v1/phone-numbers/{id}", admin(SettingsWrite), 404),
    row("GET", "/api/v1/retention", admin(SettingsRead), 200),
    row("PUT", "/api/v1/retention", admin(SettingsWrite), 400),
    row("GET", "/api/v1/alarms", viewer(SettingsRead), 200),
    row("GET", "/api/v1/audit", admin(AuditRead), 200),
    row("GET", "/api/v1/leads", viewer(LeadsRead), 200),
    row("POST", "/api/v1/leads", agent(LeadsWrite), 400),
    lead("GET", "/api/v1/leads/{id}", viewer(LeadsRead), 200),
    lead("PATCH", "/api/v1/leads/{id}", agent(LeadsWrite), 428),
    row("DELETE", "/api/v1/leads/{id}", admin(LeadsWrite), 404),
    lead("PUT", "/api/v1/leads/{id}/legal-hold", admin(LeadsWrite), 400),
    row("DELETE", "/api/v1/leads/{id}/legal-hold", admin(LeadsWrite), 404),
    lead("GET", "/api/v1/leads/{id}/application", manager(ApplicationsRead), 200),
    lead("PUT", "/api/v1/leads/{id}/application", manager(ApplicationsWrite), 400),
    lead("GET", "/api/v1/leads/{id}/application/completeness", viewer(ApplicationsRead), 200),
    lead("GET", "/api/v1/leads/{id}/audit", admin(AuditRead), 200),
    lead("GET", "/api/v1/leads/{id}/export", admin(LeadsExport), 200),
    lead("GET", "/api/v1/leads/{id}/timeline", viewer(LeadsRead), 200),
    lead("POST", "/api/v1/leads/{id}/notes", agent(LeadsWrite), 400),
    lead("POST", "/api/v1/leads/{id}/floor", agent(LeadsWrite), 400),
    lead("POST", "/api/v1/leads/{id}/contact-check", viewer(LeadsRead), 400),
    lead("GET", "/api/v1/leads/{id}/consents", viewer(LeadsRead), 200),
    lead("POST", "/api/v1/leads/{id}/consents", agent(LeadsWrite), 400),
    lead("GET", "/api/v1/leads/{id}/drafts", viewer(LeadsRead), 200),
    lead("POST", "/api/v1/leads/{id}/messages", agent(MessagesSend), 400),
    row("PATCH", "/api/v1/drafts/{id}", agent(MessagesSend), 400),
    row("DELETE", "/api/v1/drafts/{id}", agent(MessagesSend), 404),
    row("POST", "/api/v1/drafts/{id}/send", agent(MessagesSend), 404),
    row("POST", "/api/v1/messages/{id}/recall", agent(MessagesSend), 404),
    row("POST", "/api/v1/messages/{id}/resolve", agent(MessagesSend), 400),
    row("GET", "/api/v1/events", viewer(EventsRead), 200),
    row("POST", "/api/v1/auth/logout", PERSON, 204),
];
