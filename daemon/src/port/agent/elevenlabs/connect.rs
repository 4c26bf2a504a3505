//! Getting a socket: by a signed URL, or with the key as a header of the upgrade request.

use lotline_common::api::organization::AgentConnect;
use reqwest::StatusCode;
use secrecy::ExposeSecret;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{self, client::IntoClientRequest, http::HeaderValue, protocol::WebSocketConfig},
};
use url::Url;

use super::ElevenLabs;
use crate::port::agent::{AgentError, AgentProfile};

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Nothing that an answer to a text needs is larger.
const MAX_FRAME: usize = 256 * 1024;

#[derive(Deserialize)]
struct Signed {
    signed_url: String,
}

impl ElevenLabs {
    pub(super) async fn connect(&self, profile: &AgentProfile) -> Result<Socket, AgentError> {
        let (url, key) = match profile.connect {
            AgentConnect::SignedUrl => (self.signed_url(profile).await?, None),
            AgentConnect::KeyHeader => (self.socket_url(profile)?, Some(profile.api_key.expose_secret())),
        };
        let mut request = url.as_str().into_client_request().map_err(|e| unreachable(&e))?;
        if let Some(key) = key {
            let mut value = HeaderValue::from_str(key)
                .map_err(|_bad| AgentError::lasting("agent_credentials", "the key is not a header value"))?;
            value.set_sensitive(true);
            request.headers_mut().insert("xi-api-key", value);
        }
        let config =
            WebSocketConfig::default().max_message_size(Some(MAX_FRAME)).max_frame_size(Some(MAX_FRAME));
        let (socket, _) =
            connect_async_with_config(request, Some(config), true).await.map_err(|e| refused(&e))?;
        Ok(socket)
    }

    /// Valid for fifteen minutes to begin a session.
    pub(super) async fn signed_url(&self, profile: &AgentProfile) -> Result<Url, AgentError> {
        let response = self
            .http
            .get(format!("{}/v1/convai/conversation/get-signed-url", self.base))
            .query(&[("agent_id", &profile.agent_id)])
            .header("xi-api-key", profile.api_key.expose_secret())
            .send()
            .await
            .map_err(|error| AgentError::passing("agent_unreachable", error.without_url().to_string()))?;
        let status = response.status();
        if !status.is_success() {
            return Err(by_status(status));
        }
        let signed: Signed = response
            .json()
            .await
            .map_err(|error| AgentError::passing("agent_unreadable", error.without_url().to_string()))?;
        let url = Url::parse(&signed.signed_url)
            .map_err(|error| AgentError::lasting("agent_unreadable", error.to_string()))?;
        self.trusted(url)
    }

    fn socket_url(&self, profile: &AgentProfile) -> Result<Url, AgentError> {
        let mut url = Url::parse(&format!("{}/v1/convai/conversation", self.base))
            .map_err(|error| AgentError::lasting("agent_unreachable", error.to_string()))?;
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        url.set_scheme(scheme)
            .map_err(|()| AgentError::lasting("agent_unreachable", "the base URL has no host"))?;
        url.query_pairs_mut().append_pair("agent_id", &profile.agent_id);
        Ok(url)
    }

    /// The history of a customer goes to the vendor's host or nowhere.
    fn trusted(&self, url: Url) -> Result<Url, AgentError> {
        let base = Url::parse(&self.base).ok();
        let own = base.as_ref().is_some_and(|base| base.host_str() == url.host_str());
        let vendor =
            url.host_str().is_some_and(|host| host == "elevenlabs.io" || host.ends_with(".elevenlabs.io"));
        let plain_allowed = own && base.is_some_and(|base| base.scheme() == "http");
        if (own || vendor) && (url.scheme() == "wss" || (url.scheme() == "ws" && plain_allowed)) {
            Ok(url)
        } else {
            Err(AgentError::lasting("agent_unreadable", "the signed URL points to another host"))
        }
    }
}

fn by_status(status: StatusCode) -> AgentError {
    let detail = format!("status {status}");
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => AgentError::lasting("agent_credentials", detail),
        StatusCode::NOT_FOUND => AgentError::lasting("agent_missing", detail),
        StatusCode::TOO_MANY_REQUESTS => AgentError::passing("agent_busy", detail),
        status if status.is_server_error() => AgentError::passing("agent_unreachable", detail),
        _ => AgentError::lasting("agent_refused", detail),
    }
}

fn refused(error: &tungstenite::Error) -> AgentError {
    match error {
        tungstenite::Error::Http(response) => {
            by_status(StatusCode::from_u16(response.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY))
        }
        other => unreachable(other),
    }
}

fn unreachable(error: &tungstenite::Error) -> AgentError {
    AgentError::passing("agent_unreachable", error.to_string())
}
