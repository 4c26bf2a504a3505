//! Frames the vendor sends, as its AsyncAPI description has them. Shapes only.

use serde_json::{Value, json};

pub(super) fn metadata(conversation_id: &str) -> Value {
    json!({
        "type": "conversation_initiation_metadata",
        "conversation_initiation_metadata_event": {
            "conversation_id": conversation_id,
            "agent_output_audio_format": "pcm_16000",
            "user_input_audio_format": "pcm_16000",
        },
    })
}

pub(super) fn ping(event_id: u64) -> Value {
    json!({"type": "ping", "ping_event": {"event_id": event_id, "ping_ms": null}})
}

pub(super) fn agent_response(text: &str, event_id: u64) -> Value {
    json!({"type": "agent_response", "agent_response_event": {"agent_response": text, "event_id": event_id}})
}

pub(super) fn correction(original: &str, corrected: &str, event_id: u64) -> Value {
    json!({
        "type": "agent_response_correction",
        "agent_response_correction_event": {
            "original_agent_response": original,
            "corrected_agent_response": corrected,
            "event_id": event_id,
        },
    })
}

/// One piece of a streamed answer; `kind` is `start`, `delta` or `stop`.
pub(super) fn part(kind: &str, text: &str, event_id: u64) -> Value {
    json!({
        "type": "agent_chat_response_part",
        "text_response_part": {"text": text, "type": kind, "event_id": event_id},
    })
}

pub(super) fn tool_call(tool_name: &str, tool_call_id: &str, parameters: &Value, event_id: u64) -> Value {
    json!({
        "type": "client_tool_call",
        "client_tool_call": {
            "tool_name": tool_name,
            "tool_call_id": tool_call_id,
            "parameters": parameters,
            "event_id": event_id,
        },
    })
}

pub(super) fn error(code: u16, error_type: &str, reason: &str, details: &Value) -> Value {
    json!({
        "type": "error",
        "error_event": {
            "code": code,
            "message": reason,
            "error_type": error_type,
            "reason": reason,
            "debug_message": null,
            "details": details,
        },
    })
}

/// The close code the vendor uses for an error type.
pub(super) fn close_code(error_type: &str) -> u16 {
    match error_type {
        "max_duration_exceeded" => 1000,
        "invalid_message"
        | "telephony_agent_error"
        | "mcp_tool_error"
        | "mcp_https_error"
        | "value_error"
        | "missing_fields"
        | "override_error"
        | "missing_dynamic_variable_transfer"
        | "missing_dynamic_variable" => 1008,
        "unknown_websocket_crash" => 1011,
        _ => 1002,
    }
}
