//! The frames of a conversation, as the vendor's AsyncAPI has them. Unknown types are ignored, as it demands.

use serde::{Deserialize, Serialize};

use crate::domain::variables::Variables;

/// First frame from us. `text_only` stands in the nested place; the SDK's top-level one is a quirk.
#[derive(Serialize)]
pub(super) struct Initiation<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) conversation_config_override: Override<'a>,
    pub(super) dynamic_variables: &'a Variables,
    pub(super) user_id: &'a str,
}

#[derive(Serialize)]
pub(super) struct Override<'a> {
    pub(super) conversation: ConversationOverride,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) agent: Option<AgentOverride<'a>>,
}

#[derive(Serialize)]
pub(super) struct ConversationOverride {
    pub(super) text_only: bool,
}

#[derive(Serialize)]
pub(super) struct AgentOverride<'a> {
    pub(super) language: &'a str,
}

/// Later frames from us.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ToAgent<'a> {
    UserMessage { text: &'a str },
    Pong { event_id: i64 },
    ClientToolResult { tool_call_id: &'a str, result: &'a str, is_error: bool },
}

/// Frames to us.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum FromAgent {
    ConversationInitiationMetadata {
        conversation_initiation_metadata_event: Metadata,
    },
    Ping {
        ping_event: Ping,
    },
    AgentResponse {
        agent_response_event: AgentResponse,
    },
    AgentResponseCorrection {
        agent_response_correction_event: Correction,
    },
    AgentChatResponsePart {
        text_response_part: Part,
    },
    ClientToolCall {
        client_tool_call: ToolCall,
    },
    GuardrailTriggered,
    Error {
        error_event: ErrorEvent,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) conversation_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Ping {
    pub(super) event_id: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct AgentResponse {
    pub(super) agent_response: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Correction {
    pub(super) corrected_agent_response: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    pub(super) text: String,
    #[serde(rename = "type")]
    pub(super) kind: PartKind,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum PartKind {
    Start,
    Delta,
    Stop,
}

#[derive(Debug, Deserialize)]
pub(super) struct ToolCall {
    pub(super) tool_name: String,
    pub(super) tool_call_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErrorEvent {
    pub(super) code: Option<i64>,
    pub(super) error_type: Option<String>,
    pub(super) message: Option<String>,
}
