//! An operator's side of the demo: signs in and reads over HTTP, as any client does.

use std::time::Duration;

use lotline_common::{
    Page,
    api::{
        auth::{LogIn, Session},
        lead::Lead,
    },
};
use reqwest::{Client, Response};
use secrecy::ExposeSecret;

use super::world::Operator;
use crate::cli::failure::Failure;

/// How long the daemon may take to be ready.
const READY: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// One operator signed in at one daemon.
#[derive(Clone)]
pub(super) struct Seat {
    http: Client,
    base: String,
    pub(super) session: Session,
}

/// Waits until the daemon at `base` can serve.
pub(super) async fn ready(base: &str) -> Result<(), Failure> {
    let http = http()?;
    let asking = async {
        loop {
            let answer = http.get(format!("{base}/readyz")).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    tokio::time::timeout(READY, asking)
        .await
        .map_err(|_elapsed| Failure::failed("the daemon was not ready within ten seconds"))
}

impl Seat {
    pub(super) async fn take(base: &str, operator: &Operator) -> Result<Self, Failure> {
        let http = http()?;
        let body = LogIn {
            email: operator.email.clone(),
            password: operator.password.expose_secret().to_owned(),
            totp: None,
            organization_id: None,
        };
        let answer = http.post(format!("{base}/api/v1/auth/login")).json(&body).send().await;
        let session = good(answer)?.json().await.map_err(Failure::failed)?;
        Ok(Self { http, base: base.to_owned(), session })
    }

    /// Opens the organization's events after `after`.
    pub(super) async fn events(&self, after: i64) -> Result<Response, Failure> {
        self.get(&format!("/api/v1/events?after={after}")).await
    }

    /// Every lead of the organization.
    pub(super) async fn leads(&self) -> Result<Vec<Lead>, Failure> {
        let mut leads = Vec::new();
        let mut path = "/api/v1/leads?sort=created&limit=200".to_owned();
        loop {
            let page: Page<Lead> = self.get(&path).await?.json().await.map_err(Failure::failed)?;
            leads.extend(page.items);
            match page.next_cursor {
                Some(cursor) => path = format!("/api/v1/leads?sort=created&limit=200&cursor={cursor}"),
                None => return Ok(leads),
            }
        }
    }

    async fn get(&self, path: &str) -> Result<Response, Failure> {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.session.access_token);
        good(request.send().await)
    }
}

fn good(answer: Result<Response, reqwest::Error>) -> Result<Response, Failure> {
    answer.and_then(Response::error_for_status).map_err(Failure::failed)
}

fn http() -> Result<Client, Failure> {
    // A proxy of the environment does not know our loopback.
    Client::builder().no_proxy().build().map_err(Failure::failed)
}
