//! A simulator in another process, with the methods of one in this process.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::Instant;

use crate::{
    Account, Acknowledgement, Agent, BehaviourRule, Fault, Ledger, Number, Script, ScriptReport, ShopperPlan,
    ShopperReport, Text, control::Keywords,
};

/// A client for the routes under `/_sim`.
#[derive(Debug, Clone)]
pub struct Remote {
    base_url: String,
    http: Client,
}

/// The simulator could not be reached or did not understand.
#[derive(Debug, thiserror::Error)]
#[error("the simulator at {base_url}: {source}")]
pub struct RemoteError {
    base_url: String,
    source: reqwest::Error,
}

type Result<T> = std::result::Result<T, RemoteError>;

impl Remote {
    /// Where [`crate::Simulator::base_url`] of the other process points.
    pub fn new(base_url: impl Into<String>) -> Self {
        // A proxy of the environment does not know our loopback.
        let http = Client::builder().no_proxy().build().unwrap_or_default();
        Self { base_url: base_url.into().trim_end_matches('/').to_owned(), http }
    }

    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    pub async fn ledger(&self) -> Result<Ledger> {
        self.read(self.request(Method::GET, "ledger")).await
    }

    /// As [`crate::Simulator::wait_until`], by asking again and again.
    pub async fn wait_until(&self, deadline: Duration, condition: impl Fn(&Ledger) -> bool) -> Result<bool> {
        let end = Instant::now() + deadline;
        loop {
            if condition(&self.ledger().await?) {
                return Ok(true);
            }
            if Instant::now() >= end {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn register_account(&self, account: Account) -> Result<()> {
        self.tell("accounts", &account).await
    }

    pub async fn register_number(&self, number: Number) -> Result<()> {
        self.tell("numbers", &number).await
    }

    pub async fn register_agent(&self, agent: Agent) -> Result<()> {
        self.tell("agents", &agent).await
    }

    pub async fn set_answers_keywords(&self, account_sid: &str, answers: bool) -> Result<()> {
        let keywords = Keywords { account_sid: account_sid.to_owned(), answers_keywords: answers };
        self.tell("keywords", &keywords).await
    }

    pub async fn set_clock(&self, ahead: i64) -> Result<()> {
        self.tell("clock", &ahead).await
    }

    pub async fn text(&self, text: Text) -> Result<Acknowledgement> {
        self.read(self.request(Method::POST, "text").json(&text)).await
    }

    pub async fn set_fault(&self, fault: Fault) -> Result<()> {
        self.tell("faults", &fault).await
    }

    pub async fn faults(&self) -> Result<Vec<Fault>> {
        self.read(self.request(Method::GET, "faults")).await
    }

    pub async fn clear_faults(&self) -> Result<()> {
        self.send(self.request(Method::DELETE, "faults")).await.map(drop)
    }

    pub async fn set_behaviour(&self, rule: BehaviourRule) -> Result<()> {
        self.tell("behaviours", &rule).await
    }

    pub async fn clear_behaviours(&self) -> Result<()> {
        self.send(self.request(Method::DELETE, "behaviours")).await.map(drop)
    }

    /// Sets shoppers to work; [`Remote::stop_shoppers`] ends them.
    pub async fn shoppers(&self, plan: &ShopperPlan) -> Result<()> {
        self.tell("shoppers", plan).await
    }

    pub async fn stop_shoppers(&self) -> Result<ShopperReport> {
        self.read(self.request(Method::DELETE, "shoppers")).await
    }

    /// Plays a script to its end.
    pub async fn play(&self, script: &Script) -> Result<ScriptReport> {
        self.read(self.request(Method::POST, "scripts").json(script)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/_sim/{path}", self.base_url))
    }

    async fn tell(&self, path: &str, body: &impl Serialize) -> Result<()> {
        self.send(self.request(Method::POST, path).json(body)).await.map(drop)
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let response = self.send(request).await?;
        response.json().await.map_err(|source| self.error(source))
    }

    async fn send(&self, request: RequestBuilder) -> Result<reqwest::Response> {
        let response = request.send().await.and_then(reqwest::Response::error_for_status);
        response.map_err(|source| self.error(source))
    }

    fn error(&self, source: reqwest::Error) -> RemoteError {
        RemoteError { base_url: self.base_url.clone(), source }
    }
}
