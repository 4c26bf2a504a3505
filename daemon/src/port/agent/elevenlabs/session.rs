//! One conversation: introduce, ask, collect the answer, hang up.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::{
    self, Message, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{
    connect::Socket,
    wire::{
        AgentOverride, ConversationOverride, FromAgent, Initiation, Override, PartKind, ToAgent, ToolCall,
    },
};
use crate::port::agent::{AgentError, AgentProfile, Answer, Question};

/// After an answer a correction of it may follow; this long it is waited for.
const SETTLE: Duration = Duration::from_millis(250);
/// Characters of an answer that are read; more is no text message.
const MAX_ANSWER: usize = 16_000;
const MAX_TOOL_CALLS: usize = 3;

pub(super) async fn converse(
    mut socket: Socket,
    profile: &AgentProfile,
    question: &Question,
) -> Result<Answer, AgentError> {
    let outcome = Session {
        socket: &mut socket,
        answer: Answer::default(),
        parts: String::new(),
        done: false,
        tools: 0,
    }
    .run(profile, question)
    .await;
    let bye = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::default() };
    // The answer is in hand, or there is none: a close that fails changes nothing.
    drop(socket.close(Some(bye)).await);
    outcome
}

struct Session<'s> {
    socket: &'s mut Socket,
    answer: Answer,
    parts: String,
    /// The answer is complete; only a correction may still come.
    done: bool,
    tools: usize,
}

impl Session<'_> {
    async fn run(mut self, profile: &AgentProfile, question: &Question) -> Result<Answer, AgentError> {
        self.send(&Initiation {
            kind: "conversation_initiation_client_data",
            conversation_config_override: Override {
                conversation: ConversationOverride { text_only: true },
                agent: (profile.language != "en").then_some(AgentOverride { language: &profile.language }),
            },
            dynamic_variables: &question.variables,
            user_id: &question.variables.lead_id,
        })
        .await?;
        while self.answer.conversation_id.is_none() {
            let frame = self.next().await?;
            self.hear(frame).await?;
        }
        // What it said before it was asked is a greeting, not an answer.
        self.answer.text.clear();
        self.parts.clear();
        self.done = false;
        self.send(&ToAgent::UserMessage { text: &question.texts.join("\n") }).await?;
        while !self.done {
            let frame = self.next().await?;
            self.hear(frame).await?;
        }
        self.settle().await?;
        Ok(self.answer)
    }

    /// Hears corrections until nothing more comes for a moment or the agent hangs up.
    async fn settle(&mut self) -> Result<(), AgentError> {
        let deadline = tokio::time::Instant::now() + SETTLE;
        loop {
            match tokio::time::timeout_at(deadline, self.next()).await {
                Ok(Ok(frame)) => self.hear(frame).await?,
                Ok(Err(_hung_up)) => return Ok(()),
                Err(_quiet) => return Ok(()),
            }
        }
    }

    async fn hear(&mut self, frame: FromAgent) -> Result<(), AgentError> {
        match frame {
            FromAgent::ConversationInitiationMetadata {
                conversation_initiation_metadata_event: metadata,
            } => {
                self.answer.conversation_id = Some(metadata.conversation_id);
            }
            FromAgent::Ping { ping_event } => {
                self.send(&ToAgent::Pong { event_id: ping_event.event_id }).await?;
            }
            FromAgent::AgentResponse { agent_response_event: event } => self.say(event.agent_response)?,
            FromAgent::AgentResponseCorrection { agent_response_correction_event: event } => {
                self.say(event.corrected_agent_response)?;
            }
            FromAgent::AgentChatResponsePart { text_response_part: part } => {
                self.part(part.kind, &part.text)?
            }
            FromAgent::ClientToolCall { client_tool_call } => self.tool(&client_tool_call).await?,
            FromAgent::GuardrailTriggered => {
                return Err(AgentError::lasting(
                    "agent_guardrail",
                    "the vendor's guardrail stopped the answer",
                ));
            }
            FromAgent::Error { error_event: event } => {
                let kind = event.error_type.unwrap_or_default();
                return Err(failure(event.code, &kind, event.message.unwrap_or_default()));
            }
            FromAgent::Other => {}
        }
        Ok(())
    }

    fn say(&mut self, text: String) -> Result<(), AgentError> {
        if text.chars().nth(MAX_ANSWER).is_some() {
            return Err(AgentError::lasting("agent_answer_too_long", "the answer is no text message"));
        }
        self.done = !text.trim().is_empty();
        self.answer.text = text;
        Ok(())
    }

    fn part(&mut self, kind: PartKind, text: &str) -> Result<(), AgentError> {
        match kind {
            PartKind::Start => self.parts.clear(),
            PartKind::Delta => {
                self.parts.push_str(text);
                if self.parts.len() > MAX_ANSWER * 4 {
                    return Err(AgentError::lasting("agent_answer_too_long", "the answer does not end"));
                }
            }
            // A whole `agent_response` follows when it is enabled; without it the parts are the answer.
            PartKind::Stop if !self.done => {
                let whole = std::mem::take(&mut self.parts);
                self.say(whole)?;
            }
            PartKind::Stop => {}
        }
        Ok(())
    }

    /// The agent's tools: two, without arguments of its own. Which lead it concerns is ours to know.
    async fn tool(&mut self, call: &ToolCall) -> Result<(), AgentError> {
        self.tools += 1;
        if self.tools > MAX_TOOL_CALLS {
            return Err(AgentError::lasting("agent_tool_loop", "more tool calls than a turn may have"));
        }
        let (result, is_error) = match call.tool_name.as_str() {
            "request_human" => {
                self.answer.wants_person = true;
                ("A person will take over. Tell the customer so in one short sentence.", false)
            }
            "opt_out" => {
                self.answer.wants_opt_out = true;
                ("The customer will not be texted any more.", false)
            }
            _ => ("There is no such tool.", true),
        };
        self.send(&ToAgent::ClientToolResult { tool_call_id: &call.tool_call_id, result, is_error }).await
    }

    async fn send(&mut self, frame: &impl serde::Serialize) -> Result<(), AgentError> {
        let text =
            serde_json::to_string(frame).map_err(|e| AgentError::lasting("agent_request", e.to_string()))?;
        self.socket.send(Message::text(text)).await.map_err(|error| broken(&error))
    }

    async fn next(&mut self) -> Result<FromAgent, AgentError> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text)
                        .map_err(|error| AgentError::passing("agent_unreadable", error.to_string()));
                }
                Some(Ok(Message::Close(frame))) => {
                    let (code, reason) =
                        frame.map_or((1005, String::new()), |f| (u16::from(f.code), f.reason.to_string()));
                    return Err(failure(Some(code.into()), "", reason));
                }
                // Binary frames and protocol-level pings are not part of a text conversation.
                Some(Ok(_other)) => {}
                Some(Err(error)) => return Err(broken(&error)),
                None => return Err(AgentError::passing("agent_hung_up", "the connection ended")),
            }
        }
    }
}

fn broken(error: &tungstenite::Error) -> AgentError {
    match error {
        tungstenite::Error::Capacity(_) => AgentError::lasting("agent_answer_too_long", error.to_string()),
        other => AgentError::passing("agent_hung_up", other.to_string()),
    }
}

/// What a close code or error type means: 1000 ended, 1002 operational, 1008 our contract, 1011 theirs.
fn failure(code: Option<i64>, kind: &str, message: String) -> AgentError {
    let detail = format!("code {}, {kind} {message}", code.unwrap_or_default());
    match kind {
        "missing_dynamic_variable" => return AgentError::lasting("agent_missing_variable", detail),
        "override_error" => return AgentError::lasting("agent_override_refused", detail),
        "invalid_message" | "value_error" => return AgentError::lasting("agent_contract", detail),
        "llm_timeout" | "transport_receive_timeout" => return AgentError::passing("agent_timeout", detail),
        "max_duration_exceeded" => return AgentError::passing("agent_hung_up", detail),
        "safety_violation" => return AgentError::lasting("agent_guardrail", detail),
        _ => {}
    }
    match code {
        Some(1000) => AgentError::passing("agent_hung_up", detail),
        Some(1008) => AgentError::lasting("agent_contract", detail),
        _ => AgentError::passing("agent_failed", detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trying again what cannot succeed makes the customer wait; giving up what can costs a person's time.
    #[test]
    fn failures_are_told_apart() {
        let cases = [
            (Some(1008), "missing_dynamic_variable", "agent_missing_variable", false),
            (Some(1008), "override_error", "agent_override_refused", false),
            (Some(1008), "", "agent_contract", false),
            (Some(1002), "llm_timeout", "agent_timeout", true),
            (Some(1002), "", "agent_failed", true),
            (Some(1011), "", "agent_failed", true),
            (Some(1000), "", "agent_hung_up", true),
            (None, "cascade_brain_error", "agent_failed", true),
            (Some(1002), "safety_violation", "agent_guardrail", false),
        ];
        for (code, kind, reason, passing) in cases {
            let error = failure(code, kind, String::new());
            assert_eq!((error.reason, error.passing), (reason, passing), "{code:?} {kind}");
        }
    }
}
