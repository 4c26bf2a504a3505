//! The first frame of a client: dynamic variables, overrides and who is meant.

use serde_json::{Map, Value, json};

use super::Breach;

/// The first frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::elevenlabs) struct Initiation {
    pub(in crate::elevenlabs) dynamic_variables: Map<String, Value>,
    pub(in crate::elevenlabs) overrides: Value,
    pub(in crate::elevenlabs) user_id: Option<String>,
}

/// Reads the first frame.
pub(super) fn read(frame: &Map<String, Value>) -> Result<Initiation, Breach> {
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
            return Err(Breach::new("value_error", format!("dynamic variable {name}: system__ is reserved")));
        }
    }
    let overrides = frame.get("conversation_config_override").cloned().unwrap_or(Value::Null);
    check_overrides(&overrides)?;
    let user_id = match frame.get("user_id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return Err(Breach::new("value_error", "user_id is a string")),
    };
    Ok(Initiation { dynamic_variables: variables, overrides, user_id })
}

/// The overrides the vendor knows, by section; `text_only` at the top is a quirk of its Python library.
const OVERRIDES: &[(&str, &[&str])] = &[
    ("agent", &["prompt", "first_message", "language", "native_mcp_server_ids"]),
    ("tts", &["voice_id", "stability", "speed", "similarity_boost"]),
    ("asr", &["keywords"]),
    ("turn", &["soft_timeout_config", "turn_timeout", "mode"]),
    ("conversation", &["text_only", "max_duration_seconds", "client_events"]),
];

fn check_overrides(overrides: &Value) -> Result<(), Breach> {
    let sections = match overrides {
        Value::Null => return Ok(()),
        Value::Object(sections) => sections,
        _ => {
            return Err(Breach::new("value_error", "conversation_config_override is an object"));
        }
    };
    for (name, section) in sections {
        if name == "text_only" && section.is_boolean() || section.is_null() {
            continue;
        }
        let Some((_, known)) = OVERRIDES.iter().find(|(known, _)| known == name) else {
            return Err(Breach::new("override_error", format!("override of {name} is not allowed")));
        };
        let Value::Object(fields) = section else {
            return Err(Breach::new("value_error", format!("override {name} is an object")));
        };
        if let Some(field) = fields.keys().find(|field| !known.contains(&field.as_str())) {
            return Err(Breach::new("override_error", format!("override of {name}.{field} is not allowed")));
        }
    }
    match overrides.pointer("/conversation/text_only") {
        None | Some(Value::Bool(_)) => Ok(()),
        Some(_) => Err(Breach::new("value_error", "conversation.text_only is a boolean")),
    }
}

impl Initiation {
    /// Asked for in the documented place, or where the vendor's Python library puts it.
    pub(in crate::elevenlabs) fn is_text_only(&self) -> bool {
        let asked = |pointer| self.overrides.pointer(pointer).and_then(Value::as_bool).unwrap_or(false);
        asked("/conversation/text_only") || asked("/text_only")
    }

    /// Whether the client gets events of this type. Without a list of its own it gets what the agent is set up to send.
    pub(in crate::elevenlabs) fn wants(&self, event: &str) -> Option<bool> {
        let events = self.overrides.pointer("/conversation/client_events")?.as_array()?;
        Some(events.iter().any(|it| it == event))
    }

    /// The first message the client wants instead of the agent's own.
    pub(in crate::elevenlabs) fn first_message(&self) -> Option<&str> {
        self.overrides.pointer("/agent/first_message").and_then(Value::as_str)
    }

    /// Checks that every variable the agent's prompt uses was given.
    pub(in crate::elevenlabs) fn check_required(&self, required: &[String]) -> Result<(), Breach> {
        let given = |name: &str| self.dynamic_variables.get(name).is_some_and(|value| !value.is_null());
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

#[cfg(test)]
mod tests {
    use super::super::{Frame, read};

    #[test]
    fn text_only_is_understood_in_both_places() {
        for overrides in [r#"{"conversation":{"text_only":true}}"#, r#"{"text_only":true}"#] {
            let frame = format!(
                r#"{{"type":"conversation_initiation_client_data","conversation_config_override":{overrides}}}"#
            );
            assert!(matches!(read(&frame), Ok(Frame::Initiation(it)) if it.is_text_only()), "{frame}");
        }
    }
}
