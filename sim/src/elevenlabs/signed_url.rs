//! `GET /v1/convai/conversation/get-signed-url`: the door to a private agent, and the signatures it hands out.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    Vendor,
    behaviour::{Behaviour, Moment},
    conversation_id,
};
use crate::App;

/// How long a signature opens a session; the vendor's figure.
const VALID: Duration = Duration::from_mins(15);

/// Signatures handed out.
#[derive(Debug, Default)]
pub(super) struct Signatures(HashMap<String, Signature>);

#[derive(Debug)]
struct Signature {
    agent_id: String,
    expires: Instant,
    /// Given with `include_conversation_id`: opens one session, and names it.
    conversation_id: Option<String>,
}

impl Signatures {
    fn issue(&mut self, agent_id: &str, valid: Duration, conversation_id: Option<String>) -> String {
        let now = Instant::now();
        self.0.retain(|_, signature| signature.expires > now);
        let token = format!("cvtkn_{:032x}", fastrand::u128(..));
        let signature = Signature { agent_id: agent_id.to_owned(), expires: now + valid, conversation_id };
        self.0.insert(token.clone(), signature);
        token
    }

    /// The conversation a signature opens; `None` = it opens none.
    pub(super) fn redeem(&mut self, token: &str, agent_id: &str) -> Option<String> {
        let signature =
            self.0.get(token).filter(|it| it.expires > Instant::now() && it.agent_id == agent_id)?;
        match signature.conversation_id.clone() {
            Some(id) => {
                self.0.remove(token);
                Some(id)
            }
            None => Some(conversation_id()),
        }
    }
}

/// An error as this vendor words it.
pub(super) fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({"detail": {"status": code, "message": message}}))).into_response()
}

/// Checks `xi-api-key` for `agent_id`; the answer to give when it does not fit.
pub(super) fn check_key(vendor: &Vendor, agent_id: &str, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let Some(key) = headers.get("xi-api-key").and_then(|key| key.to_str().ok()) else {
        let message = "Neither authorization header nor xi-api-key received, please provide one.";
        return Err(Box::new(refusal(StatusCode::UNAUTHORIZED, "needs_authorization", message)));
    };
    let agents = vendor.agents.lock();
    if !agents.values().any(|agent| agent.api_key == key) {
        return Err(Box::new(refusal(StatusCode::UNAUTHORIZED, "invalid_api_key", "Invalid API key")));
    }
    // An agent of another workspace is as absent as one that never was.
    if agents.get(agent_id).is_none_or(|agent| agent.api_key != key) {
        let message = format!("Document with id {agent_id} not found.");
        return Err(Box::new(refusal(StatusCode::NOT_FOUND, "document_not_found", &message)));
    }
    Ok(())
}

pub(super) async fn get_signed_url(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query: HashMap<String, String> =
        form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes()).into_owned().collect();
    let Some(agent_id) = query.get("agent_id") else {
        let detail = json!({"detail": [{"type": "missing", "loc": ["query", "agent_id"], "msg": "Field required", "input": null}]});
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(detail)).into_response();
    };
    if let Err(response) = check_key(&app.agents, agent_id, &headers) {
        return *response;
    }
    let valid = match app.agents.behaviours.draw(Moment::SignedUrl, agent_id) {
        Some(Behaviour::TooManyConcurrentRequests) => return too_many(),
        Some(Behaviour::Unauthorized) => {
            return refusal(StatusCode::UNAUTHORIZED, "invalid_api_key", "Invalid API key");
        }
        Some(Behaviour::SignatureExpired) => Duration::ZERO,
        _ => VALID,
    };
    let single =
        query.get("include_conversation_id").is_some_and(|value| value == "true").then(conversation_id);
    let token = app.agents.signatures.lock().issue(agent_id, valid, single.clone());
    Json(json!({"signed_url": address(&app, agent_id, &token, single.as_deref())})).into_response()
}

fn address(app: &App, agent_id: &str, token: &str, conversation_id: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("agent_id", agent_id).append_pair("conversation_signature", token);
    if let Some(id) = conversation_id {
        query.append_pair("conversation_id", id);
    }
    let host = app.base_url.replacen("http", "ws", 1);
    format!("{host}/v1/convai/conversation?{}", query.finish())
}

fn too_many() -> Response {
    let message = "Too many concurrent requests. Please wait for a free slot.";
    let mut response = refusal(StatusCode::TOO_MANY_REQUESTS, "too_many_concurrent_requests", message);
    let headers = response.headers_mut();
    headers.insert("current-concurrent-requests", HeaderValue::from_static("10"));
    headers.insert("maximum-concurrent-requests", HeaderValue::from_static("10"));
    response
}
