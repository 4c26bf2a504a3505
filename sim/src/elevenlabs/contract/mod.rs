//! What a client may send, checked as strictly as the vendor's schema says. No sockets.

mod initiation;

use serde_json::{Map, Value};

pub(super) use initiation::Initiation;

/// A frame of the client.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Frame {
    Initiation(Initiation),
    Pong(u64),
    UserMessage(String),
    UserActivity,
    /// An update with an id replaces the earlier one of that id.
    ContextualUpdate {
        id: Option<String>,
        text: String,
    },
    ToolResult {
        tool_call_id: String,
        result: String,
        is_error: bool,
    },
    /// `feedback`, `mcp_tool_approval_result`: taken, without effect here.
    Other,
}

/// A breach: the vendor's error type, words for the client, details.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Breach {
    pub(super) error_type: &'static str,
    pub(super) reason: String,
    pub(super) details: Value,
}

impl Breach {
    pub(super) fn new(error_type: &'static str, reason: impl Into<String>) -> Self {
        Self { error_type, reason: reason.into(), details: Value::Null }
    }
}

/// Reads one frame.
pub(super) fn read(text: &str) -> Result<Frame, Breach> {
    let Ok(Value::Object(frame)) = serde_json::from_str::<Value>(text) else {
        return Err(Breach::new("invalid_message", "a frame is a JSON object"));
    };
    if frame.contains_key("user_audio_chunk") {
        return Err(Breach::new("invalid_message", "audio in a text-only conversation"));
    }
    let kind = match frame.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(_) => return Err(Breach::new("value_error", "type is a string")),
        None => return Err(Breach::new("missing_fields", "type is missing")),
    };
    match kind {
        "conversation_initiation_client_data" => initiation::read(&frame).map(Frame::Initiation),
        "pong" => whole(&frame, "event_id").map(Frame::Pong),
        // Without text it only says that somebody is there.
        "user_message" if frame.get("text").is_none_or(Value::is_null) => Ok(Frame::UserActivity),
        "user_message" => spoken(&frame).map(Frame::UserMessage),
        "user_activity" => Ok(Frame::UserActivity),
        "contextual_update" => Ok(Frame::ContextualUpdate {
            id: frame.get("context_id").map(|_| text_of(&frame, "context_id")).transpose()?,
            text: text_of(&frame, "text")?,
        }),
        "client_tool_result" => Ok(Frame::ToolResult {
            tool_call_id: text_of(&frame, "tool_call_id")?,
            result: text_of(&frame, "result")?,
            is_error: truth(&frame, "is_error")?,
        }),
        "multimodal_message" => multimodal(&frame).map(Frame::UserMessage),
        "feedback" => whole(&frame, "event_id").and(field(&frame, "score")).map(|_| Frame::Other),
        "mcp_tool_approval_result" => truth(&frame, "is_approved").map(|_| Frame::Other),
        other => Err(Breach::new("invalid_message", format!("unknown message type {other}"))),
    }
}

fn field<'a>(frame: &'a Map<String, Value>, name: &str) -> Result<&'a Value, Breach> {
    frame.get(name).ok_or_else(|| Breach::new("missing_fields", format!("{name} is missing")))
}

fn text_of(frame: &Map<String, Value>, name: &str) -> Result<String, Breach> {
    let text = field(frame, name)?.as_str();
    text.map(str::to_owned).ok_or_else(|| Breach::new("value_error", format!("{name} is a string")))
}

fn whole(frame: &Map<String, Value>, name: &str) -> Result<u64, Breach> {
    field(frame, name)?
        .as_u64()
        .ok_or_else(|| Breach::new("value_error", format!("{name} is a whole number")))
}

fn truth(frame: &Map<String, Value>, name: &str) -> Result<bool, Breach> {
    field(frame, name)?.as_bool().ok_or_else(|| Breach::new("value_error", format!("{name} is a boolean")))
}

fn spoken(frame: &Map<String, Value>) -> Result<String, Breach> {
    let text = text_of(frame, "text")?;
    if text.trim().is_empty() { Err(Breach::new("value_error", "text is empty")) } else { Ok(text) }
}

fn multimodal(frame: &Map<String, Value>) -> Result<String, Breach> {
    match frame.get("text") {
        Some(Value::Object(message)) => spoken(message),
        Some(_) => Err(Breach::new("value_error", "text is a user_message")),
        None => Err(Breach::new("missing_fields", "text is missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breach(text: &str) -> &'static str {
        read(text).err().map_or("fine", |breach| breach.error_type)
    }

    /// A client that only works against a forgiving fake fails in front of the first real customer.
    #[test]
    fn holds_the_client_to_the_schema() {
        for (frame, expected) in [
            (r#"{"type":"user_message","text":"hi"}"#, "fine"),
            (r#"{"type":"user_message","text":" "}"#, "value_error"),
            (r#"{"type":"user_message","text":5}"#, "value_error"),
            (r#"{"type":"user_message"}"#, "fine"),
            (r#"{"type":"feedback","event_id":1}"#, "missing_fields"),
            (r#"{"type":"pong","event_id":1}"#, "fine"),
            (r#"{"type":"pong","event_id":"1"}"#, "value_error"),
            (r#"{"type":"client_tool_result","tool_call_id":"a","result":"ok","is_error":false}"#, "fine"),
            (r#"{"type":"client_tool_result","tool_call_id":"a","result":"ok"}"#, "missing_fields"),
            (
                r#"{"type":"client_tool_result","tool_call_id":"a","result":{},"is_error":false}"#,
                "value_error",
            ),
            (r#"{"type":"shout","text":"hi"}"#, "invalid_message"),
            (r#"{"text":"hi"}"#, "missing_fields"),
            (r#"{"user_audio_chunk":"AAAA"}"#, "invalid_message"),
            ("hi", "invalid_message"),
            ("[]", "invalid_message"),
            (r#"{"type":"conversation_initiation_client_data"}"#, "fine"),
            (r#"{"type":"conversation_initiation_client_data","dynamic_variables":{"a":{}}}"#, "value_error"),
            (
                r#"{"type":"conversation_initiation_client_data","dynamic_variables":{"system__x":"1"}}"#,
                "value_error",
            ),
            (
                r#"{"type":"conversation_initiation_client_data","conversation_config_override":{"llm":{}}}"#,
                "override_error",
            ),
            (
                r#"{"type":"conversation_initiation_client_data","conversation_config_override":{"tts":{"loud":1}}}"#,
                "override_error",
            ),
            (
                r#"{"type":"conversation_initiation_client_data","conversation_config_override":{"conversation":{"text_only":"yes"}}}"#,
                "value_error",
            ),
        ] {
            assert_eq!(breach(frame), expected, "{frame}");
        }
    }
}
