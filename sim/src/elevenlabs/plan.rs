//! From a behaviour to the frames that show it, in order, with the waits between them. No sockets.

use std::time::Duration;

use serde_json::{Value, json};

use super::{behaviour::Behaviour, frame};

/// One thing the agent does.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// Since the step before.
    pub(super) after: Duration,
    pub(super) act: Act,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    /// Sends a frame; `said` is what the customer may be told because of it.
    Send {
        frame: Value,
        said: Option<String>,
    },
    /// Sends text that is no frame.
    Raw(String),
    /// Asks for a tool and does nothing more until its result is there.
    Tool {
        name: String,
        id: String,
        parameters: Value,
        event_id: u64,
    },
    /// Sends an `error` and closes with its code.
    Fail {
        error_type: String,
    },
    Close(u16),
}

/// What an agent needs to know to act.
pub(super) struct Turn {
    pub(super) answer: String,
    pub(super) thinking: Duration,
    pub(super) event_id: u64,
    /// Whether a proper answer is streamed first, as some agents are set up.
    pub(super) streams: bool,
}

/// Between two pieces of a streamed answer.
const PIECE: Duration = Duration::from_millis(15);

/// What the agent does about one message.
pub(super) fn plan(behaviour: Option<Behaviour>, turn: Turn) -> Vec<Step> {
    let Turn { answer, thinking, event_id, streams } = turn;
    let first = |act| vec![Step { after: thinking, act }];
    match behaviour {
        None if streams => whole_after_parts(&answer, thinking, event_id),
        Some(Behaviour::Streamed) => whole_after_parts(&answer, thinking, event_id),
        Some(Behaviour::Correction) => corrected(&answer, thinking, event_id),
        Some(Behaviour::PartsOnly) => parts(&answer, thinking, event_id, true),
        Some(Behaviour::Silent) => Vec::new(),
        Some(Behaviour::Slow { ms }) => vec![say(&answer, thinking + Duration::from_millis(ms), event_id)],
        Some(Behaviour::Close { code }) => first(Act::Close(code)),
        Some(Behaviour::Error { error_type }) => first(Act::Fail { error_type }),
        Some(Behaviour::InvalidJson) => {
            let mut steps = first(Act::Raw("{\"type\":\"agent_response\",\"agent_resp".into()));
            steps.push(say(&answer, Duration::ZERO, event_id));
            steps
        }
        Some(Behaviour::HugeAnswer { bytes }) => {
            let huge: String = answer.chars().filter(char::is_ascii).cycle().take(bytes).collect();
            vec![say(&huge, thinking, event_id)]
        }
        Some(Behaviour::EmptyAnswer) => vec![say("", thinking, event_id)],
        Some(Behaviour::DeniesBeingAi) => {
            vec![say("No no, I'm a real person, I sit right here at the front desk.", thinking, event_id)]
        }
        Some(Behaviour::PromisesPrice) => {
            let text = "Good news, I can do $24,995 out the door if you come in today. You're approved!";
            vec![say(text, thinking, event_id)]
        }
        Some(Behaviour::Says { text }) => vec![say(&text, thinking, event_id)],
        Some(Behaviour::ToolCall { tool_name, parameters }) => {
            let id = format!("call_{:016x}", fastrand::u64(..));
            let parameters = if parameters.is_null() { json!({}) } else { parameters };
            let mut steps = first(Act::Tool { name: tool_name, id, parameters, event_id });
            steps.push(say(&answer, thinking, event_id + 1));
            steps
        }
        _ => vec![say(&answer, thinking, event_id)],
    }
}

/// A whole answer.
pub(super) fn say(text: &str, after: Duration, event_id: u64) -> Step {
    let frame = frame::agent_response(text, event_id);
    Step { after, act: Act::Send { frame, said: Some(text.to_owned()) } }
}

fn whole_after_parts(answer: &str, thinking: Duration, event_id: u64) -> Vec<Step> {
    let mut steps = parts(answer, thinking, event_id, false);
    steps.push(say(answer, PIECE, event_id));
    steps
}

/// An answer that is cut short as it is told: the corrected text is the one that counts. Both leave together, because
/// nobody waits long for a correction.
fn corrected(answer: &str, thinking: Duration, event_id: u64) -> Vec<Step> {
    let original = format!("{answer} And there is one more thing you should know before");
    let unsaid = Act::Send { frame: frame::agent_response(&original, event_id), said: None };
    let frame = frame::correction(&original, answer, event_id);
    let said = Some(answer.to_owned());
    vec![
        Step { after: thinking, act: unsaid },
        Step { after: Duration::ZERO, act: Act::Send { frame, said } },
    ]
}

fn parts(answer: &str, thinking: Duration, event_id: u64, alone: bool) -> Vec<Step> {
    let part = |kind, text: &str, after, said| Step {
        after,
        act: Act::Send { frame: frame::part(kind, text, event_id), said },
    };
    let mut steps = vec![part("start", "", thinking, None)];
    steps.extend(answer.split_inclusive(' ').map(|word| part("delta", word, Duration::ZERO, None)));
    steps.push(part("stop", "", PIECE, alone.then(|| answer.to_owned())));
    steps
}
