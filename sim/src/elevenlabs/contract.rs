//! What a client may send, checked as strictly as the vendor's schema says. No sockets.

use serde_json::{Map, Value, json};

/// A frame of the client.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Frame {
    Initiation(Initiation),
    Pong(u64),
    UserMessage(String),
    UserActivity,
    ContextualUpdate(String),
    ToolResult {
        tool_call_id: String,
        result: String,
        is_error: bool,
    },
    /// `feedback`, `mcp_tool_approval_result`: taken, without effect here.
    Other,
}

/// The first frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Initiation {
    pub(super) dynamic_variables: Map<String, Value>,
    pub(super) overrides: Value,
    pub(super) user_id: Option<String>,
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
        Self {
            error_type,
            reason: reason.into(),
            details: Value::Null,
        }
    }
}

/// Reads one frame.
pub(super) fn read(text: &str) -> Result<Frame, Breach> {
    let Ok(Value::Object(frame)) = serde_json::from_str::<Value>(text) else {
        return Err(Breach::new("invalid_message", "a frame is a JSON object"));
    };
    if frame.contains_key("user_audio_chunk") {
        return Err(Breach::new(
            "invalid_message",
            "audio in a text-only conversation",
        ));
    }
    let kind = match frame.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(_) => return Err(Breach::new("value_error", "type is a string")),
        None => return Err(Breach::new("missing_fields", "type is missing")),
    };
    match kind {
        "conversation_initiation_client_data" => initiation(&frame).map(Frame::Initiation),
        "pong" => whole(&frame, "event_id").map(Frame::Pong),
        "user_message" => spoken(&frame).map(Frame::UserMessage),
        "user_activity" => Ok(Frame::UserActivity),
        "contextual_update" => text_of(&frame, "text").map(Frame::ContextualUpdate),
        "client_tool_result" => Ok(Frame::ToolResult {
            tool_call_id: text_of(&frame, "tool_call_id")?,
            result: text_of(&frame, "result")?,
            is_error: truth(&frame, "is_error")?,
        }),
        "multimodal_message" => multimodal(&frame).map(Frame::UserMessage),
        "feedback" => whole(&frame, "event_id").map(|_| Frame::Other),
        "mcp_tool_approval_result" => truth(&frame, "is_approved").map(|_| Frame::Other),
        other => Err(Breach::new(
            "invalid_message",
            format!("unknown message type {other}"),
        )),
    }
}

fn initiation(frame: &Map<String, Value>) -> Result<Initiation, Breach> {
    let variables = match frame.get("dynamic_variables") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(variables)) => variables.clone(),
        Some(_) => return Err(Breach::new("value_error", "dynamic_variables is an object")),
    };
    for (name, value) in &variables {
        if matches!(value, Value::Array(_) | Value::Object(_)) {
            return Err(Breach::new(
                "value_error",
                format!("dynamic variable {name} is a string, number or boolean"),
            ));
        }
        if name.starts_with("system__") {
            return Err(Breach::new(
                "value_error",
                format!("dynamic variable {name}: system__ is reserved"),
            ));
        }
    }
    let overrides = frame
        .get("conversation_config_override")
        .cloned()
        .unwrap_or(Value::Null);
    check_overrides(&overrides)?;
    let user_id = match frame.get("user_id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return Err(Breach::new("value_error", "user_id is a string")),
    };
    Ok(Initiation {
        dynamic_variables: variables,
        overrides,
        user_id,
    })
}

/// The overrides the vendor knows, by section; `text_only` at the top is a quirk of its Python library.
const OVERRIDES: &[(&str, &[&str])] = &[
    (
        "agent",
        &[
            "prompt",
            "first_message",
            "language",
            "max_conversation_duration_message",
        ],
    ),
    ("tts", &["voice_id", "stability", "speed", "similarity_boost"]),
    ("asr", &["keywords"]),
    ("turn", &["soft_timeout_config", "turn_timeout", "mode"]),
    (
        "conversation",
        &["text_only", "max_duration_seconds", "client_events"],
    ),
];

fn check_overrides(overrides: &Value) -> Result<(), Breach> {
    let sections = match overrides {
        Value::Null => return Ok(()),
        Value::Object(sections) => sections,
        _ => {
            return Err(Breach::new(
                "value_error",
                "conversation_config_override is an object",
            ));
        }
    };
    for (name, section) in sections {
        if name == "text_only" && section.is_boolean() || section.is_null() {
            continue;
        }
        let Some((_, known)) = OVERRIDES.iter().find(|(known, _)| known == name) else {
            return Err(Breach::new(
                "override_error",
                format!("override of {name} is not allowed"),
            ));
        };
        let Value::Object(fields) = section else {
            return Err(Breach::new(
                "value_error",
                format!("override {name} is an object"),
            ));
        };
        if let Some(field) = fields.keys().find(|field| !known.contains(&field.as_str())) {
            return Err(Breach::new(
                "override_error",
                format!("override of {name}.{field} is not allowed"),
            ));
        }
    }
    match overrides.pointer("/conversation/text_only") {
        None | Some(Value::Bool(_)) => Ok(()),
        Some(_) => Err(Breach::new("value_error", "conversation.text_only is a boolean")),
    }
}

impl Initiation {
    /// Asked for in the documented place, or where the vendor's Python library puts it.
    pub(super) fn is_text_only(&self) -> bool {
        let asked = |pointer| {
            self.overrides
                .pointer(pointer)
                .and_then(Value::as_bool)
                .unwrap_or(false)
        };
        asked("/conversation/text_only") || asked("/text_only")
    }

    /// The first message the client wants instead of the agent's own.
    pub(super) fn first_message(&self) -> Option<&str> {
        self.overrides
            .pointer("/agent/first_message")
            .and_then(Value::as_str)
    }

    /// Checks that every variable the agent's prompt uses was given.
    pub(super) fn check_required(&self, required: &[String]) -> Result<(), Breach> {
        let given = |name: &str| {
            self.dynamic_variables
                .get(name)
                .is_some_and(|value| !value.is_null())
        };
        let missing: Vec<&String> = required.iter().filter(|name| !given(name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let reason = format!("Missing required dynamic variables in first message: {missing:?}");
        Err(Breach {
            details: json!({"missing": missing}),
            ..Breach::new("missing_dynamic_variable", reason)
        })
    }
}

fn field<'a>(frame: &'a Map<String, Value>, name: &str) -> Result<&'a Value, Breach> {
    frame
        .get(name)
        .ok_or_else(|| Breach::new("missing_fields", format!("{name} is missing")))
}

fn text_of(frame: &Map<String, Value>, name: &str) -> Result<String, Breach> {
    let text = field(frame, name)?.as_str();
    text.map(str::to_owned)
        .ok_or_else(|| Breach::new("value_error", format!("{name} is a string")))
}

fn whole(frame: &Map<String, Value>, name: &str) -> Result<u64, Breach> {
    field(frame, name)?
        .as_u64()
        .ok_or_else(|| Breach::new("value_error", format!("{name} is a whole number")))
}

fn truth(frame: &Map<String, Value>, name: &str) -> Result<bool, Breach> {
    field(frame, name)?
        .as_bool()
        .ok_or_else(|| Breach::new("value_error", format!("{name} is a boolean")))
}

fn spoken(frame: &Map<String, Value>) -> Result<String, Breach> {
    let text = text_of(frame, "text")?;
    if text.trim().is_empty() {
        Err(Breach::new("value_error", "text is empty"))
    } else {
        Ok(text)
    }
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
            (r#"{"type":"user_message"}"#, "missing_fields"),
            (r#"{"type":"pong","event_id":1}"#, "fine"),
            (r#"{"type":"pong","event_id":"1"}"#, "value_error"),
            (
                r#"{"type":"client_tool_result","tool_call_id":"a","result":"ok","is_error":false}"#,
                "fine",
            ),
            (
                r#"{"type":"client_tool_result","tool_call_id":"a","result":"ok"}"#,
                "missing_fields",
            ),
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
            (
                r#"{"type":"conversation_initiation_client_data","dynamic_variables":{"a":{}}}"#,
                "value_error",
            ),
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

    #[test]
    fn text_only_is_understood_in_both_places() {
        for overrides in [r#"{"conversation":{"text_only":true}}"#, r#"{"text_only":true}"#] {
            let frame = format!(
                r#"{{"type":"conversation_initiation_client_data","conversation_config_override":{overrides}}}"#
            );
            assert!(
                matches!(read(&frame), Ok(Frame::Initiation(it)) if it.is_text_only()),
                "{frame}"
            );
        }
    }
}
