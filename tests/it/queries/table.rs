//! What is asked, what it needs, and why PostgreSQL may be asked more than SQLite, which has one writer and needs no locks.

use serde_json::{Value, json};
use uuid::Uuid;

/// One request and what it needs to do what it says.
pub(super) struct Case {
    pub(super) route: &'static str,
    pub(super) thing: Thing,
    pub(super) body: Body,
    pub(super) answer: Answer,
    /// How many statements PostgreSQL needs more, and what for.
    pub(super) more: (u64, &'static str),
}

/// What `{id}` is.
#[derive(Clone, Copy)]
pub(super) enum Thing {
    Lead,
    Message,
    Draft,
}

#[derive(Clone, Copy)]
pub(super) enum Body {
    Nothing,
    Fixed(fn() -> Value),
    NewLead,
    /// Under `If-Match`.
    Status,
    /// The floor to whoever has not got it.
    OtherFloor,
    /// A known customer's text, as the carrier tells of it.
    Text,
    /// A new one's.
    FirstText,
}

/// How much of the answer there is to wait for.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    Whole,
    /// A stream that goes on.
    Opened,
    /// A stream that begins with as many events as rows.
    Replayed,
}

const fn case(route: &'static str) -> Case {
    Case { route, thing: Thing::Lead, body: Body::Nothing, answer: Answer::Whole, more: (0, "") }
}

impl Case {
    const fn of(self, thing: Thing) -> Self {
        Self { thing, ..self }
    }

    const fn with(self, body: Body) -> Self {
        Self { body, ..self }
    }

    const fn answers(self, answer: Answer) -> Self {
        Self { answer, ..self }
    }

    const fn more(self, statements: u64, why: &'static str) -> Self {
        Self { more: (statements, why), ..self }
    }

    /// The case of a route.
    pub(super) fn named(route: &str) -> &'static Self {
        CASES.iter().find(|case| case.route == route).unwrap()
    }
}

pub(super) fn message() -> Value {
    let intent = Uuid::now_v7();
    json!({"body": format!("Hello {intent}"), "client_id": intent, "hold_seconds": 30})
}

fn application() -> Value {
    json!({"fields": {"employer": "Example Foods", "monthly_income": "5000", "house_payment": "1200"}})
}

fn purpose() -> Value {
    json!({"channel": "sms", "purpose": "reply"})
}

fn consent() -> Value {
    json!({"kind": "opt_in", "note": "At the counter."})
}

fn words() -> Value {
    json!({"text": "Brings a trade-in."})
}

const LOCK: &str = "the thread's row is locked";
const TURN: &str = "the organization's turn; a known thread is locked and read again";

/// Every route that only reads, and the writes that an operator or a customer repeats.
pub(super) const CASES: &[Case] = &[
    case("GET /healthz"),
    case("GET /readyz"),
    case("GET /metrics"),
    case("GET /api/v1/me"),
    case("GET /api/v1/me/sessions"),
    case("GET /api/v1/organization"),
    case("GET /api/v1/members"),
    case("GET /api/v1/invites"),
    case("GET /api/v1/api-keys"),
    case("GET /api/v1/carrier"),
    case("GET /api/v1/agent-profile"),
    case("GET /api/v1/phone-numbers"),
    case("GET /api/v1/retention"),
    case("GET /api/v1/alarms"),
    case("GET /api/v1/dead-letters"),
    case("GET /api/v1/audit"),
    case("GET /api/v1/leads"),
    case("GET /api/v1/leads?q=example"),
    case("GET /api/v1/leads?sort=name"),
    case("GET /api/v1/leads/{id}"),
    case("GET /api/v1/leads/{id}/application"),
    case("GET /api/v1/leads/{id}/application/completeness"),
    case("GET /api/v1/leads/{id}/audit"),
    case("GET /api/v1/leads/{id}/export"),
    case("GET /api/v1/leads/{id}/timeline"),
    case("GET /api/v1/leads/{id}/consents"),
    case("GET /api/v1/leads/{id}/drafts"),
    case("GET /api/v1/events").answers(Answer::Opened),
    case("GET /api/v1/events?after={seq}").answers(Answer::Replayed),
    case("POST /api/v1/leads").with(Body::NewLead),
    case("PATCH /api/v1/leads/{id}").with(Body::Status).more(1, LOCK),
    case("PUT /api/v1/leads/{id}/application").with(Body::Fixed(application)).more(1, LOCK),
    case("POST /api/v1/leads/{id}/contact-check").with(Body::Fixed(purpose)),
    case("POST /api/v1/leads/{id}/consents").with(Body::Fixed(consent)).more(1, LOCK),
    case("POST /api/v1/leads/{id}/notes").with(Body::Fixed(words)).more(1, LOCK),
    case("POST /api/v1/leads/{id}/floor").with(Body::OtherFloor).more(1, LOCK),
    case("POST /api/v1/leads/{id}/messages").with(Body::Fixed(message)).more(1, LOCK),
    case("POST /api/v1/messages/{id}/recall").of(Thing::Message).more(1, LOCK),
    case("PATCH /api/v1/drafts/{id}").of(Thing::Draft).with(Body::Fixed(words)),
    case("POST /api/v1/drafts/{id}/send").of(Thing::Draft).more(1, LOCK),
    case("DELETE /api/v1/drafts/{id}").of(Thing::Draft),
    case("POST /api/webhooks/twilio/sms/incoming").with(Body::Text).more(3, TURN),
    case("POST /api/webhooks/twilio/sms/incoming (new)").with(Body::FirstText).more(1, TURN),
];

/// Routes that read and ask no database at all.
pub(super) const STATIC: &[&str] = &["GET /openapi.json", "GET /docs", "GET /docs/{part}", "GET /join"];
