//! How an agent misbehaves, when and how often. Decides only; the session carries it out.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::shared::Shared;

/// A behaviour of one agent, until its count is used up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BehaviourRule {
    pub behaviour: Behaviour,
    /// Only this agent; `None` = every agent.
    #[serde(default)]
    pub agent_id: Option<String>,
    /// How often; `None` = until cleared.
    #[serde(default)]
    pub count: Option<u32>,
    /// Chance each time, drawn from the simulator's seed; `None` = always.
    #[serde(default)]
    pub probability: Option<f64>,
}

impl BehaviourRule {
    /// The next `count` times, any agent.
    pub fn times(count: u32, behaviour: Behaviour) -> Self {
        Self { count: Some(count), ..Self::always(behaviour) }
    }

    /// Until cleared, any agent.
    pub fn always(behaviour: Behaviour) -> Self {
        Self { behaviour, agent_id: None, count: None, probability: None }
    }

    /// The same for one agent.
    #[must_use]
    pub fn for_agent(self, agent_id: impl Into<String>) -> Self {
        Self { agent_id: Some(agent_id.into()), ..self }
    }
}

/// What an agent does instead of answering properly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "behaviour", rename_all = "snake_case")]
pub enum Behaviour {
    /// `get-signed-url` answers 429 `too_many_concurrent_requests`.
    TooManyConcurrentRequests,
    /// `get-signed-url` answers 401 `invalid_api_key`.
    Unauthorized,
    /// The signature handed out has expired already.
    SignatureExpired,

    /// Speaks before the customer does.
    GreetingFirst {
        text: String,
    },
    /// So many pings at once when the session begins.
    PingFlood {
        pings: u32,
    },
    /// Overrides are not enabled for this agent: 1008 `override_error`.
    RefuseOverrides,

    /// An answer, then a correction of it.
    Correction,
    /// The answer is streamed in parts and then told whole.
    Streamed,
    /// The answer is streamed in parts and never told whole.
    PartsOnly,
    /// Takes the message and says nothing.
    Silent,
    /// Answers so much later.
    Slow {
        ms: u64,
    },
    /// Thinks until the behaviours are cleared, and then answers.
    Waits,
    /// Closes with this code instead of answering.
    Close {
        code: u16,
    },
    /// Sends an `error` of this type and closes as the vendor does for it.
    Error {
        error_type: String,
    },
    /// Sends a frame that is not JSON, then goes on.
    InvalidJson,
    /// An answer of so many bytes.
    HugeAnswer {
        bytes: usize,
    },
    EmptyAnswer,
    /// "I'm a real person."
    DeniesBeingAi,
    /// Names a price nobody gave it.
    PromisesPrice,
    /// Says exactly this.
    Says {
        text: String,
    },
    /// Calls a tool, waits for its result and then answers.
    ToolCall {
        tool_name: String,
        parameters: Value,
    },
}

/// When a behaviour can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    SignedUrl,
    Begin,
    Message,
}

impl Behaviour {
    const fn moment(&self) -> Moment {
        match self {
            Self::TooManyConcurrentRequests | Self::Unauthorized | Self::SignatureExpired => {
                Moment::SignedUrl
            }
            Self::GreetingFirst { .. } | Self::PingFlood { .. } | Self::RefuseOverrides => Moment::Begin,
            _ => Moment::Message,
        }
    }
}

/// The behaviours in force.
#[derive(Debug)]
pub(super) struct Behaviours {
    state: Shared<(Vec<BehaviourRule>, fastrand::Rng)>,
    /// Rings when they are cleared.
    cleared: watch::Sender<()>,
}

impl Behaviours {
    pub(super) fn new(seed: u64) -> Self {
        let rng = fastrand::Rng::with_seed(seed ^ 0xbe4a);
        Self { state: Shared::new((Vec::new(), rng)), cleared: watch::Sender::new(()) }
    }

    pub(super) fn add(&self, rule: BehaviourRule) {
        self.state.lock().0.push(rule);
    }

    pub(super) fn clear(&self) {
        self.state.lock().0.clear();
        self.cleared.send_replace(());
    }

    /// Rings when they are cleared from now on.
    pub(super) fn cleared(&self) -> watch::Receiver<()> {
        self.cleared.subscribe()
    }

    /// The behaviour an agent shows now: the oldest rule that matches.
    pub(super) fn draw(&self, moment: Moment, agent_id: &str) -> Option<Behaviour> {
        let mut state = self.state.lock();
        let (rules, rng) = &mut *state;
        let struck = rules.iter_mut().find(|rule| {
            rule.behaviour.moment() == moment
                && rule.agent_id.as_deref().is_none_or(|only| only == agent_id)
                && rule.count != Some(0)
                && rule.probability.is_none_or(|chance| rng.f64() < chance)
        })?;
        if let Some(count) = &mut struck.count {
            *count -= 1;
        }
        let behaviour = struck.behaviour.clone();
        rules.retain(|rule| rule.count != Some(0));
        Some(behaviour)
    }
}
