//! The table: method, path, who reaches it, and what whoever reaches it is answered to an empty request.

use lotline_common::api::auth::Role;

/// Who gets past the door.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach {
    /// No token is asked for; the body or the signature decides.
    Anybody,
    /// A signed-in person in this role or one above; no key.
    Person(Role),
    /// This role and those above, by session or key.
    Role(Role),
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
const VIEWER: Reach = Reach::Role(Role::Viewer);
const AGENT: Reach = Reach::Role(Role::Agent);
const MANAGER: Reach = Reach::Role(Role::Manager);
const ADMIN: Reach = Reach::Role(Role::Admin);

/// The last line ends the sessions that the others need.
pub(super) const TABLE: &[Row] = &[
    row("GET", "/healthz", ANYBODY, 200),
    row("GET", "/readyz", ANYBODY, 200),
    row("GET", "/openapi.json", ANYBODY, 200),
    row("GET", "/docs", ANYBODY, 200),
    row("GET", "/docs/{part}", ANYBODY, 404),
    row("POST", "/api/webhooks/twilio/sms/incoming", ANYBODY, 503),
    row("POST", "/api/webhooks/twilio/sms/status/{token}", ANYBODY, 403),
    row("POST", "/api/v1/auth/signup", ANYBODY, 400),
    row("POST", "/api/v1/auth/login", ANYBODY, 400),
    row("POST", "/api/v1/auth/invites/accept", ANYBODY, 400),
    row("POST", "/api/v1/auth/refresh", ANYBODY, 400),
    row("POST", "/api/v1/auth/switch", PERSON, 400),
    row("GET", "/api/v1/me", PERSON, 200),
    row("POST", "/api/v1/me/password", PERSON, 400),
    row("POST", "/api/v1/me/totp", PERSON, 200),
    row("POST", "/api/v1/me/totp/confirm", PERSON, 400),
    row("DELETE", "/api/v1/me/totp", PERSON, 400),
    row("GET", "/api/v1/me/sessions", PERSON, 200),
    row("DELETE", "/api/v1/me/sessions", PERSON, 204),
    row("DELETE", "/api/v1/me/sessions/{id}", PERSON, 404),
    row("GET", "/api/v1/organization", VIEWER, 200),
    row("PATCH", "/api/v1/organization", ADMIN, 200),
    row("GET", "/api/v1/members", VIEWER, 200),
    row("PATCH", "/api/v1/members/{id}", ADMIN, 404),
    row("DELETE", "/api/v1/members/{id}", ADMIN, 404),
    row("GET", "/api/v1/invites", MANAGER, 200),
    row("POST", "/api/v1/invites", MANAGER, 400),
    row("DELETE", "/api/v1/invites/{id}", MANAGER, 404),
    row("GET", "/api/v1/api-keys", ADMIN, 200),
    row("POST", "/api/v1/api-keys", Reach::Person(Role::Admin), 400),
    row("DELETE", "/api/v1/api-keys/{id}", ADMIN, 404),
    row("GET", "/api/v1/carrier", VIEWER, 404),
    row("PUT", "/api/v1/carrier", ADMIN, 400),
    row("GET", "/api/v1/agent-profile", VIEWER, 404),
    row("PUT", "/api/v1/agent-profile", ADMIN, 400),
    row("GET", "/api/v1/phone-numbers", VIEWER, 200),
    row("POST", "/api/v1/phone-numbers", ADMIN, 400),
    row("DELETE", "/api/v1/phone-numbers/{id}", ADMIN, 404),
    row("GET", "/api/v1/retention", ADMIN, 200),
    row("PUT", "/api/v1/retention", ADMIN, 400),
    row("GET", "/api/v1/audit", ADMIN, 200),
    row("GET", "/api/v1/leads", VIEWER, 200),
    row("POST", "/api/v1/leads", AGENT, 400),
    lead("GET", "/api/v1/leads/{id}", VIEWER, 200),
    lead("PATCH", "/api/v1/leads/{id}", AGENT, 428),
    row("DELETE", "/api/v1/leads/{id}", ADMIN, 404),
    lead("PUT", "/api/v1/leads/{id}/legal-hold", ADMIN, 400),
    row("DELETE", "/api/v1/leads/{id}/legal-hold", ADMIN, 404),
    lead("GET", "/api/v1/leads/{id}/application", MANAGER, 200),
    lead("PUT", "/api/v1/leads/{id}/application", MANAGER, 400),
    lead("GET", "/api/v1/leads/{id}/application/completeness", VIEWER, 200),
    lead("GET", "/api/v1/leads/{id}/audit", ADMIN, 200),
    lead("GET", "/api/v1/leads/{id}/timeline", VIEWER, 200),
    lead("POST", "/api/v1/leads/{id}/notes", AGENT, 400),
    lead("POST", "/api/v1/leads/{id}/floor", AGENT, 400),
    lead("POST", "/api/v1/leads/{id}/contact-check", VIEWER, 400),
    lead("GET", "/api/v1/leads/{id}/consents", VIEWER, 200),
    lead("POST", "/api/v1/leads/{id}/consents", AGENT, 400),
    lead("GET", "/api/v1/leads/{id}/drafts", VIEWER, 200),
    lead("POST", "/api/v1/leads/{id}/messages", AGENT, 400),
    row("PATCH", "/api/v1/drafts/{id}", AGENT, 400),
    row("DELETE", "/api/v1/drafts/{id}", AGENT, 404),
    row("POST", "/api/v1/drafts/{id}/send", AGENT, 404),
    row("POST", "/api/v1/messages/{id}/recall", AGENT, 404),
    row("POST", "/api/v1/messages/{id}/resolve", AGENT, 400),
    row("GET", "/api/v1/events", VIEWER, 200),
    row("POST", "/api/v1/auth/logout", PERSON, 204),
];
