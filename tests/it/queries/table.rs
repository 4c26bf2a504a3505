//! What is asked, and why PostgreSQL may be asked more than SQLite, which has one writer and needs no locks.

/// Every route that only reads, and the writes that an operator or a customer repeats.
pub(super) const ROUTES: &[&str] = &[
    "GET /healthz",
    "GET /readyz",
    "GET /api/v1/me",
    "GET /api/v1/me/sessions",
    "GET /api/v1/organization",
    "GET /api/v1/members",
    "GET /api/v1/invites",
    "GET /api/v1/api-keys",
    "GET /api/v1/carrier",
    "GET /api/v1/agent-profile",
    "GET /api/v1/phone-numbers",
    "GET /api/v1/retention",
    "GET /api/v1/audit",
    "GET /api/v1/leads",
    "GET /api/v1/leads?q=example",
    "GET /api/v1/leads?sort=name",
    "GET /api/v1/leads/{id}",
    "GET /api/v1/leads/{id}/application",
    "GET /api/v1/leads/{id}/application/completeness",
    "GET /api/v1/leads/{id}/audit",
    "GET /api/v1/leads/{id}/export",
    "GET /api/v1/leads/{id}/timeline",
    "GET /api/v1/leads/{id}/consents",
    "GET /api/v1/leads/{id}/drafts",
    "GET /api/v1/events",
    "GET /api/v1/events?after={seq}",
    "POST /api/v1/leads",
    "PATCH /api/v1/leads/{id}",
    "PUT /api/v1/leads/{id}/application",
    "POST /api/v1/leads/{id}/contact-check",
    "POST /api/v1/leads/{id}/consents",
    "POST /api/v1/leads/{id}/notes",
    "POST /api/v1/leads/{id}/floor",
    "POST /api/v1/leads/{id}/messages",
    "POST /api/v1/messages/{id}/recall",
    "PATCH /api/v1/drafts/{id}",
    "POST /api/v1/drafts/{id}/send",
    "DELETE /api/v1/drafts/{id}",
    "POST /api/webhooks/twilio/sms/incoming",
    "POST /api/webhooks/twilio/sms/incoming (new)",
];

/// Routes that read and ask no database at all.
pub(super) const STATIC: &[&str] = &["GET /openapi.json", "GET /docs", "GET /docs/{part}", "GET /join"];

/// How many statements PostgreSQL needs more, and what for.
pub(super) fn more(route: &str) -> (u64, &'static str) {
    match route {
        "POST /api/webhooks/twilio/sms/incoming" | "POST /api/webhooks/twilio/sms/incoming (new)" => {
            (6, "the organization's turn; the inserts, which a file takes as one")
        }
        "PATCH /api/v1/leads/{id}"
        | "PUT /api/v1/leads/{id}/application"
        | "POST /api/v1/leads/{id}/consents"
        | "POST /api/v1/leads/{id}/notes"
        | "POST /api/v1/leads/{id}/floor"
        | "POST /api/v1/leads/{id}/messages"
        | "POST /api/v1/messages/{id}/recall"
        | "POST /api/v1/drafts/{id}/send" => (1, "the thread's row is locked"),
        _ => (0, ""),
    }
}
