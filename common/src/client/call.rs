//! One request: bearer token, JSON in and out, one repeat after a refreshed token.

use std::time::Instant;

use reqwest::{Method, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Client, Error};
use crate::Problem;

/// What is to be asked. Built by the methods of [`Client`], sent by [`Call::send`].
pub(super) struct Call<'a> {
    client: &'a Client,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Result<Vec<u8>, serde_json::Error>>,
    if_match: Option<i64>,
    key: Option<Uuid>,
}

impl Client {
    pub(super) fn get(&self, path: impl Into<String>) -> Call<'_> {
        Call::new(self, Method::GET, path)
    }

    /// A POST that causes an effect carries a key, so that the daemon knows a repeat.
    pub(super) fn post(&self, path: impl Into<String>, body: &impl Serialize) -> Call<'_> {
        let mut call = Call::new(self, Method::POST, path).body(body);
        call.key = Some(Uuid::now_v7());
        call
    }

    pub(super) fn patch(&self, path: impl Into<String>, body: &impl Serialize) -> Call<'_> {
        Call::new(self, Method::PATCH, path).body(body)
    }

    pub(super) fn delete(&self, path: impl Into<String>) -> Call<'_> {
        Call::new(self, Method::DELETE, path)
    }
}

impl<'a> Call<'a> {
    fn new(client: &'a Client, method: Method, path: impl Into<String>) -> Self {
        Call { client, method, path: path.into(), query: Vec::new(), body: None, if_match: None, key: None }
    }

    pub(super) fn body(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::to_vec(body));
        self
    }

    pub(super) fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    pub(super) fn maybe(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    pub(super) const fn if_match(mut self, version: i64) -> Self {
        self.if_match = Some(version);
        self
    }

    pub(super) const fn key(mut self, key: Uuid) -> Self {
        self.key = Some(key);
        self
    }

    /// Asks as the signed-in user. A 401 refreshes the token once and asks again: the daemon refuses a token before
    /// it does anything, so a repeat cannot do it twice.
    pub(super) async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        let bytes = self.signed_in().await?;
        serde_json::from_slice(&bytes).map_err(|_broken| Error::Unexpected { status: 200 })
    }

    /// The same for answers without a body, or with one that nobody needs.
    pub(super) async fn done(self) -> Result<(), Error> {
        self.signed_in().await.map(drop)
    }

    async fn signed_in(self) -> Result<Vec<u8>, Error> {
        let token = self.client.access_token().ok_or(Error::SignedOut)?;
        match self.send(Some(&token)).await {
            Err(error) if is_of_token(&error) => {
                let token = self.client.refreshed(&token).await?;
                match self.send(Some(&token)).await {
                    Err(error) if is_of_token(&error) => Err(Error::SignedOut),
                    other => other,
                }
            }
            other => other,
        }
    }

    /// Asks once; the caller reads the bytes.
    pub(super) async fn send(&self, token: Option<&str>) -> Result<Vec<u8>, Error> {
        let begun = Instant::now();
        let answer = self.request(token)?.send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        self.client.took(begun.elapsed());
        if status.is_success() { Ok(bytes.to_vec()) } else { Err(refusal(status, &bytes)) }
    }

    fn request(&self, token: Option<&str>) -> Result<reqwest::RequestBuilder, Error> {
        let url = format!("{}{}", self.client.inner.base, self.path);
        let mut request = self.client.inner.http.request(self.method.clone(), url).query(&self.query);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(version) = self.if_match {
            request = request.header(header::IF_MATCH, format!("\"{version}\""));
        }
        if let Some(key) = self.key {
            request = request.header("Idempotency-Key", key.to_string());
        }
        if let Some(body) = &self.body {
            let body = body.as_ref().map_err(|cause| Error::Setup(cause.to_string()))?;
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        Ok(request)
    }
}

fn refusal(status: StatusCode, body: &[u8]) -> Error {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => Error::Problem(Box::new(problem)),
        Err(_broken) if status == StatusCode::UNAUTHORIZED => {
            Error::Problem(Box::new(Problem::new(401, "unauthorized", "You are not signed in")))
        }
        Err(_broken) => Error::Unexpected { status: status.as_u16() },
    }
}

/// The token was refused, and not a password that was asked for once more.
fn is_of_token(error: &Error) -> bool {
    matches!(error, Error::Problem(problem) if problem.status == 401 && problem.code != "invalid_credentials")
}
