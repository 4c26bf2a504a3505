//! What is tried: for every field that takes an id, one request with another organization's.
//!
//! `{their …}` is the other organization's, once, and once an id that nobody has; `{my …}` is the caller's own.

/// What must be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Same {
    /// Status and body, byte for byte.
    Answer(u16),
    /// The status; the body tells of what the caller did to their own.
    Status(u16),
}

pub(super) struct Try {
    /// Method and path as the router has them.
    pub(super) route: &'static str,
    /// The id's name in the path, the query or the body.
    pub(super) field: &'static str,
    pub(super) path: &'static str,
    pub(super) body: &'static str,
    pub(super) same: Same,
}

const fn absent(route: &'static str, field: &'static str, path: &'static str, body: &'static str) -> Try {
    Try { route, field, path, body, same: Same::Answer(404) }
}

pub(super) const TRIES: &[Try] = &[
    absent(
        "POST /api/v1/auth/switch",
        "organization_id",
        "/api/v1/auth/switch",
        r#"{"organization_id":"{their organization}"}"#,
    ),
    absent(
        "POST /api/v1/auth/login",
        "organization_id",
        "/api/v1/auth/login",
        r#"{"email":"eli@example.com","password":"correct horse battery","organization_id":"{their organization}"}"#,
    ),
    absent("PATCH /api/v1/members/{id}", "id", "/api/v1/members/{their member}", r#"{"role":"viewer"}"#),
    absent("DELETE /api/v1/members/{id}", "id", "/api/v1/members/{their member}", ""),
    absent("DELETE /api/v1/invites/{id}", "id", "/api/v1/invites/{their invite}", ""),
    absent("DELETE /api/v1/api-keys/{id}", "id", "/api/v1/api-keys/{their key}", ""),
    absent("DELETE /api/v1/me/sessions/{id}", "id", "/api/v1/me/sessions/{their session}", ""),
    Try {
        route: "GET /api/v1/audit",
        field: "actor",
        path: "/api/v1/audit?actor={their member}",
        body: "",
        same: Same::Answer(200),
    },
    Try {
        route: "GET /api/v1/audit",
        field: "lead",
        path: "/api/v1/audit?lead={their lead}",
        body: "",
        same: Same::Answer(200),
    },
    absent("GET /api/v1/leads/{id}/audit", "id", "/api/v1/leads/{their lead}/audit", ""),
    absent("DELETE /api/v1/leads/{id}", "id", "/api/v1/leads/{their lead}", ""),
    absent(
        "PUT /api/v1/leads/{id}/legal-hold",
        "id",
        "/api/v1/leads/{their lead}/legal-hold",
        r#"{"reason":"Mine"}"#,
    ),
    absent("DELETE /api/v1/leads/{id}/legal-hold", "id", "/api/v1/leads/{their lead}/legal-hold", ""),
    absent("GET /api/v1/leads/{id}/application", "id", "/api/v1/leads/{their lead}/application", ""),
    absent(
        "PUT /api/v1/leads/{id}/application",
        "id",
        "/api/v1/leads/{their lead}/application",
        r#"{"fields":{"employer":"Mine"}}"#,
    ),
    absent(
        "GET /api/v1/leads/{id}/application/completeness",
        "id",
        "/api/v1/leads/{their lead}/application/completeness",
        "",
    ),
    absent(
        "PATCH /api/v1/phone-numbers/{id}",
        "id",
        "/api/v1/phone-numbers/{their number}",
        r#"{"label":"Mine"}"#,
    ),
    absent("DELETE /api/v1/phone-numbers/{id}", "id", "/api/v1/phone-numbers/{their number}", ""),
    Try {
        route: "GET /api/v1/leads",
        field: "assigned_to",
        path: "/api/v1/leads?assigned_to={their member}",
        body: "",
        same: Same::Answer(200),
    },
    absent("GET /api/v1/leads/{id}", "id", "/api/v1/leads/{their lead}", ""),
    absent("PATCH /api/v1/leads/{id}", "id", "/api/v1/leads/{their lead}", r#"{"name":"Mine"}"#),
    Try {
        route: "PATCH /api/v1/leads/{id}",
        field: "assigned_to",
        path: "/api/v1/leads/{my lead}",
        body: r#"{"assigned_to":"{their member}"}"#,
        same: Same::Answer(400),
    },
    absent("GET /api/v1/leads/{id}/export", "id", "/api/v1/leads/{their lead}/export", ""),
    absent("GET /api/v1/leads/{id}/timeline", "id", "/api/v1/leads/{their lead}/timeline", ""),
    absent("POST /api/v1/leads/{id}/notes", "id", "/api/v1/leads/{their lead}/notes", r#"{"text":"Mine"}"#),
    absent("POST /api/v1/leads/{id}/floor", "id", "/api/v1/leads/{their lead}/floor", r#"{"to":"me"}"#),
    Try {
        route: "POST /api/v1/leads/{id}/floor",
        field: "to",
        path: "/api/v1/leads/{my lead}/floor",
        body: r#"{"to":"{their member}"}"#,
        same: Same::Answer(400),
    },
    absent(
        "POST /api/v1/leads/{id}/contact-check",
        "id",
        "/api/v1/leads/{their lead}/contact-check",
        r#"{"channel":"sms","purpose":"reply"}"#,
    ),
    absent("GET /api/v1/leads/{id}/consents", "id", "/api/v1/leads/{their lead}/consents", ""),
    absent(
        "POST /api/v1/leads/{id}/consents",
        "id",
        "/api/v1/leads/{their lead}/consents",
        r#"{"kind":"opt_out","note":"Mine"}"#,
    ),
    absent("GET /api/v1/leads/{id}/drafts", "id", "/api/v1/leads/{their lead}/drafts", ""),
    absent("PATCH /api/v1/drafts/{id}", "id", "/api/v1/drafts/{their draft}", r#"{"text":"Mine"}"#),
    absent("DELETE /api/v1/drafts/{id}", "id", "/api/v1/drafts/{their draft}", ""),
    absent("POST /api/v1/drafts/{id}/send", "id", "/api/v1/drafts/{their draft}/send", ""),
    absent(
        "POST /api/v1/leads/{id}/messages",
        "id",
        "/api/v1/leads/{their lead}/messages",
        r#"{"body":"Mine","client_id":"00000000-0000-7000-8000-000000000001"}"#,
    ),
    Try {
        route: "POST /api/v1/leads/{id}/messages",
        field: "client_id",
        path: "/api/v1/leads/{my lead}/messages",
        body: r#"{"body":"Mine","client_id":"{their intent}","hold_seconds":30}"#,
        same: Same::Status(202),
    },
    absent("POST /api/v1/messages/{id}/recall", "id", "/api/v1/messages/{their message}/recall", ""),
    absent(
        "POST /api/v1/messages/{id}/resolve",
        "id",
        "/api/v1/messages/{their message}/resolve",
        r#"{"as":"not_sent"}"#,
    ),
    Try {
        route: "POST /api/webhooks/twilio/sms/status/{token}",
        field: "token",
        path: "/api/webhooks/twilio/sms/status/{their token}",
        body: "",
        same: Same::Answer(403),
    },
];

/// Routes that take nobody's id. A cursor is sealed for its own list, a resume point is a number of one's own events.
pub(super) const WITHOUT: &[&str] = &[
    "POST /api/v1/auth/signup",
    "POST /api/v1/auth/invites/show",
    "POST /api/v1/auth/invites/accept",
    "POST /api/v1/me/totp",
    "POST /api/v1/me/totp/confirm",
    "DELETE /api/v1/me/totp",
    "POST /api/v1/me/recovery-codes",
    "GET /api/v1/me/sessions",
    "DELETE /api/v1/me/sessions",
    "PATCH /api/v1/organization",
    "GET /api/v1/invites",
    "POST /api/v1/invites",
    "GET /api/v1/api-keys",
    "POST /api/v1/api-keys",
    "GET /api/v1/retention",
    "PUT /api/v1/retention",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/logout",
    "GET /api/v1/me",
    "POST /api/v1/me/password",
    "GET /api/v1/organization",
    "GET /api/v1/members",
    "GET /api/v1/carrier",
    "PUT /api/v1/carrier",
    "GET /api/v1/agent-profile",
    "PUT /api/v1/agent-profile",
    "GET /api/v1/phone-numbers",
    "POST /api/v1/phone-numbers",
    "POST /api/v1/leads",
    "POST /api/webhooks/twilio/sms/incoming",
    "GET /api/v1/events",
    "GET /join",
    "GET /docs",
    "GET /docs/{part}",
    "GET /openapi.json",
    "GET /healthz",
    "GET /readyz",
];
