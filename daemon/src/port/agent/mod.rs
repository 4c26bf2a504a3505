//! AI agents answer customers.

pub mod elevenlabs;

use futures::future::BoxFuture;
use lotline_common::api::organization::{AgentConnect, AgentProvider};
use secrecy::SecretString;

use crate::domain::variables::Variables;

/// How an organization's AI is reached and who it is.
#[derive(Debug, Clone)]
pub struct AgentProfile {
    pub provider: AgentProvider,
    pub agent_id: String,
    pub api_key: SecretString,
    pub connect: AgentConnect,
    pub persona: String,
    pub disclosure: String,
    pub language: String,
}

/// What the agent is asked: everything it may know, and the texts to answer, oldest first.
#[derive(Debug, Clone)]
pub struct Question {
    pub variables: Variables,
    pub texts: Vec<String>,
}

/// What the agent said, and what it asked the desk to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    pub text: String,
    pub conversation_id: Option<String>,
    pub wants_person: bool,
    pub wants_opt_out: bool,
}

/// Why there is no answer. `reason` is a stable word shown to people, `detail` is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct AgentError {
    pub reason: &'static str,
    pub detail: String,
    /// Might the same question be answered a moment later?
    pub passing: bool,
}

impl AgentError {
    pub fn passing(reason: &'static str, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), passing: true }
    }

    pub fn lasting(reason: &'static str, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), passing: false }
    }
}

/// An AI agent. One session per call; nothing is kept between two.
pub trait Agent: Send + Sync {
    fn answer<'a>(
        &'a self,
        profile: &'a AgentProfile,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Answer, AgentError>>;
}
