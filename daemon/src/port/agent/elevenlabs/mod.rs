//! ElevenLabs agents, text only: one WebSocket session per turn or burst, with the history handed in.
//!
//! Facts: the vendor's AsyncAPI and its Python SDK. A session per thread would not live: the vendor ends it after a
//! minute without user input.

mod connect;
mod session;
mod wire;

use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::Client;

use super::{Agent, AgentError, AgentProfile, Answer, Question};

/// ElevenLabs at one base URL; the WebSocket base is derived from it.
#[derive(Clone)]
pub struct ElevenLabs {
    http: Client,
    base: String,
    /// The whole session, from the first byte to the answer, may take this long.
    deadline: Duration,
}

impl ElevenLabs {
    /// `base` is `https://api.elevenlabs.io` (or a residency host) or a loopback double.
    pub fn new(base: &str, deadline: Duration) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), deadline })
    }

    async fn ask(&self, profile: &AgentProfile, question: &Question) -> Result<Answer, AgentError> {
        let socket = self.connect(profile).await?;
        session::converse(socket, profile, question).await
    }

    /// Is the agent there for this key? Asks for a signed URL and uses it for nothing.
    pub async fn check(&self, profile: &AgentProfile) -> Result<(), AgentError> {
        self.signed_url(profile).await.map(drop)
    }
}

impl Agent for ElevenLabs {
    fn answer<'a>(
        &'a self,
        profile: &'a AgentProfile,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Answer, AgentError>> {
        Box::pin(async move {
            tokio::time::timeout(self.deadline, self.ask(profile, question)).await.unwrap_or_else(|_late| {
                // The customer has waited through one silence; nobody makes them wait through three.
                Err(AgentError::lasting("agent_timeout", "no answer before the deadline"))
            })
        })
    }
}
