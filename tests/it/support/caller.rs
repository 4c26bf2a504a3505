//! Somebody who calls the API: a stranger, or a member with a token.

use lotline_common::api::auth::Session;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use super::{contract, daemon::Daemon};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<u64>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let retry_after = response.headers().get("retry-after");
        Self {
            status: response.status(),
            retry_after: retry_after.map(|value| value.to_str().unwrap().parse().unwrap()),
            text: response.text().await.unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn session(&self) -> Session {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error} in {}: {}", self.status, self.text))
    }

    /// Status and problem code.
    pub(crate) fn problem(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["code"].as_str().unwrap().to_owned())
    }
}

#[derive(Clone)]
pub(crate) struct Caller {
    base: String,
    client: Client,
    pub(crate) token: Option<String>,
}

impl Caller {
    pub(crate) fn stranger(daemon: &Daemon) -> Self {
        Self::at(&daemon.base)
    }

    pub(crate) fn at(base: &str) -> Self {
        Self { base: base.to_owned(), client: Client::new(), token: None }
    }

    pub(crate) fn with(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.request(method.clone(), path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = Answer::read(request.send().await.unwrap()).await;
        contract::holds(&method, path, answer.status);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(&body)).await
    }

    pub(crate) async fn sign_up(&self, email: &str, organization: &str) -> Answer {
        let body = json!({"email": email, "password": PASSWORD, "name": "Dana Example",
            "organization": {"name": organization}});
        self.post("/api/v1/auth/signup", body).await
    }

    /// Founds an organization; its admin and their session.
    pub(crate) async fn found(&self, email: &str, organization: &str) -> (Self, Session) {
        let session = self.sign_up(email, organization).await.session();
        (self.with(&session.access_token), session)
    }

    pub(crate) async fn log_in(&self, email: &str, password: &str) -> Answer {
        self.post("/api/v1/auth/login", json!({"email": email, "password": password})).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.post("/api/v1/auth/refresh", json!({"refresh_token": token})).await
    }
}
