//! A fake ElevenLabs: signed URLs and the text side of its conversation WebSocket.
//!
//! The agent behind it answers from what it was told in the session and from nothing else, so that whatever a
//! customer hears shows what the system under test gave away.

mod answer;
mod behaviour;
mod contract;
mod frame;
mod plan;
mod session;
mod signed_url;

use std::collections::HashMap;

use axum::{
    Json, Router,
    extract::{Path, RawQuery, State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use behaviour::Behaviours;
pub use behaviour::{Behaviour, BehaviourRule};
use signed_url::Signatures;

use crate::{App, shared::Shared};

/// An agent to register. Registering it again changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Agent {
    pub agent_id: String,
    /// Opens `get-signed-url`, and the WebSocket as an upgrade header.
    pub api_key: String,
    /// Said before the customer's first message; `{{name}}` is filled from the dynamic variables.
    pub greeting: Option<String>,
    /// Dynamic variables the agent's prompt uses: a session without one of them is refused.
    pub required_variables: Vec<String>,
}

/// Everything the vendor knows.
#[derive(Debug)]
pub(crate) struct Vendor {
    agents: Shared<HashMap<String, Agent>>,
    signatures: Shared<Signatures>,
    behaviours: Behaviours,
}

impl Vendor {
    pub(crate) fn new(seed: u64) -> Self {
        Self { agents: Shared::default(), signatures: Shared::default(), behaviours: Behaviours::new(seed) }
    }

    pub(crate) fn register(&self, agent: Agent) {
        self.agents.lock().insert(agent.agent_id.clone(), agent);
    }

    pub(crate) fn behave(&self, rule: BehaviourRule) {
        self.behaviours.add(rule);
    }

    pub(crate) fn behave_well(&self) {
        self.behaviours.clear();
    }
}

/// The vendor's routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/convai/conversation/get-signed-url", get(signed_url::get_signed_url))
        .route("/v1/convai/conversation/get_signed_url", get(signed_url::get_signed_url))
        .route("/v1/convai/conversation", get(converse))
        .route("/v1/convai/agents/{agent_id}", get(fetch_agent))
}

/// The longest frame a client may send; the vendor's libraries use the same bound.
const MAX_FRAME: usize = 16 << 20;

async fn converse(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let query: HashMap<String, String> =
        form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes()).into_owned().collect();
    let opened = open(&app, &query, &headers);
    let agent = query.get("agent_id").and_then(|id| app.agents.agents.lock().get(id).cloned());
    upgrade.max_message_size(MAX_FRAME).on_upgrade(move |socket| {
        let tasks = app.tasks.clone();
        tasks.track(async move {
            match agent.zip(opened) {
                Some((agent, id)) => session::run(app, socket, agent, id).await,
                None => session::turn_away(&app, socket).await,
            }
        })
    })
}

/// The id of the conversation these credentials open.
fn open(app: &App, query: &HashMap<String, String>, headers: &HeaderMap) -> Option<String> {
    let agent_id = query.get("agent_id")?;
    match query.get("conversation_signature") {
        Some(token) => app.agents.signatures.lock().redeem(token, agent_id),
        None => signed_url::check_key(&app.agents, agent_id, headers).ok().map(|()| conversation_id()),
    }
}

/// `GET /v1/convai/agents/{agent_id}`, as far as a check of credentials needs it.
async fn fetch_agent(State(app): State<App>, Path(agent_id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(response) = signed_url::check_key(&app.agents, &agent_id, &headers) {
        return *response;
    }
    let first_message = app.agents.agents.lock().get(&agent_id).and_then(|agent| agent.greeting.clone());
    Json(json!({
        "agent_id": agent_id,
        "name": "Simulated agent",
        "conversation_config": {
            "agent": {"first_message": first_message.unwrap_or_default(), "language": "en"},
            "conversation": {"text_only": false},
        },
        "platform_settings": {"overrides": {"conversation_config_override": {"conversation": {"text_only": true}}}},
    }))
    .into_response()
}

/// The answer to a path that is nobody's.
pub(crate) fn nowhere() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"detail": "Not Found"}))).into_response()
}

fn conversation_id() -> String {
    format!("conv_{:032x}", fastrand::u128(..))
}
