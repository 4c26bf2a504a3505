//! What really happened, as the carrier, the agent and the customers saw it: the evidence every judgement rests on.
//!
//! Plain data. It is written by the simulator alone and read by tests, the demo and operators. Nothing in it is
//! ever changed to suit the system under test; the questions asked of it are in `judge`.

mod book;
mod judge;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use book::Book;
pub use judge::{Doubled, Doubling, Leak};

/// A snapshot of everything that happened so far, each list in the order of its events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// Texts from customers to own numbers.
    pub inbound: Vec<Inbound>,
    /// Texts the carrier accepted for delivery.
    pub outbound: Vec<Outbound>,
    /// Requests to send that the carrier refused.
    pub refused: Vec<Refused>,
    /// Answers the carrier gave by itself to STOP, START and HELP; no message log shows them.
    pub carrier_replies: Vec<CarrierReply>,
    /// Sessions with the agent.
    pub conversations: Vec<Conversation>,
    /// Breaches of a vendor's contract by the system under test.
    pub violations: Vec<Violation>,
}

/// A text from a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    pub sid: String,
    pub account_sid: String,
    pub from: String,
    pub to: String,
    pub body: String,
    /// `false` for keywords and for whatever follows an opt-out.
    pub needs_answer: bool,
    pub posted_at_us: i64,
    /// When a 2xx came back; `None` = unacknowledged, the carrier forgets the text.
    pub acknowledged_at_us: Option<i64>,
    /// HTTP status of the last attempt; `None` = nobody answered.
    pub status: Option<u16>,
    /// Requests made, connect failures included.
    pub attempts: u32,
    /// How often the same message was posted again on purpose.
    pub replays: u32,
    /// The script that wrote it.
    pub shopper: Option<String>,
}

/// A text the carrier accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbound {
    pub sid: String,
    pub account_sid: String,
    pub from: String,
    pub to: String,
    pub body: String,
    /// `outbound-api`, or `outbound-reply` for a text in a webhook's answer.
    pub direction: String,
    pub created_at_us: i64,
    pub status_callback: Option<String>,
    pub status: String,
    pub error_code: Option<u32>,
    /// Status callbacks in the order they were posted.
    pub callbacks: Vec<Callback>,
    /// What the simulator did to the request that created it.
    pub fault: Option<String>,
}

/// One status callback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    pub status: String,
    pub posted_at_us: i64,
    /// HTTP status of the answer; `None` = nobody answered.
    pub answered: Option<u16>,
}

/// A request to send that the carrier refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub account_sid: String,
    pub from: String,
    pub to: String,
    pub body: String,
    pub at_us: i64,
    /// The carrier's error code, such as 21610.
    pub code: u32,
}

/// A text the carrier sent by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierReply {
    pub from: String,
    pub to: String,
    pub body: String,
    pub at_us: i64,
}

/// One session with the agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    pub conversation_id: String,
    pub agent_id: String,
    pub started_at_us: i64,
    pub ended_at_us: Option<i64>,
    pub user_id: Option<String>,
    pub dynamic_variables: Map<String, Value>,
    pub overrides: Value,
    pub contextual_updates: Vec<String>,
    pub user_messages: Vec<Said>,
    pub answers: Vec<Said>,
    pub tool_calls: Vec<ToolCall>,
    pub close_code: Option<u16>,
    /// `agent`, `client`, or `network` when the socket just ended.
    pub closed_by: Option<String>,
    pub violations: Vec<String>,
}

/// One utterance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub text: String,
    pub at_us: i64,
}

impl Said {
    pub(crate) fn now(text: String) -> Self {
        Self { text, at_us: crate::clock::now_us() }
    }
}

/// A tool the agent asked for, and what came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    pub tool_call_id: String,
    pub tool_name: String,
    pub parameters: Value,
    pub result: Option<String>,
    pub is_error: Option<bool>,
}

/// A breach of a vendor's contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    pub at_us: i64,
    /// `twilio` or `elevenlabs`.
    pub vendor: String,
    pub what: String,
}
