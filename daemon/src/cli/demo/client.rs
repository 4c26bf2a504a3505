//! An operator's side of the demo: the client that consoles use, and the stream's bytes as they come.

use std::time::Duration;

use lotline_common::{
    api::{
        auth::{LogIn, Session},
        lead::{Lead, LeadQuery, LeadSort},
    },
    client::{Client, Memory},
};
use reqwest::Response;
use secrecy::ExposeSecret;

use super::world::Operator;
use crate::cli::failure::Failure;

/// How long the daemon may take to be ready.
const READY: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// One operator signed in at one daemon.
#[derive(Clone)]
pub(super) struct Seat {
    client: Client,
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
        let client = Client::new(base, Memory::default()).map_err(Failure::failed)?;
        let body = LogIn {
            email: operator.email.clone(),
            password: operator.password.expose_secret().to_owned(),
            totp: None,
            organization_id: None,
        };
        let session = client.log_in(&body).await.map_err(Failure::failed)?;
        Ok(Self { client, session })
    }

    /// Opens the organization's events after `after`, to be read byte by byte.
    pub(super) async fn events(&self, after: i64) -> Result<Response, Failure> {
        let url = format!("{}/api/v1/events?after={after}", self.client.base());
        let request = http()?.get(url).bearer_auth(&self.session.access_token);
        request.send().await.and_then(Response::error_for_status).map_err(Failure::failed)
    }

    /// Every lead of the organization.
    pub(super) async fn leads(&self) -> Result<Vec<Lead>, Failure> {
        let mut query = LeadQuery { sort: Some(LeadSort::Created), limit: Some(200), ..LeadQuery::default() };
        let mut leads = Vec::new();
        loop {
            let page = self.client.leads(&query).await.map_err(Failure::failed)?;
            leads.extend(page.items);
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                return Ok(leads);
            }
        }
    }
}

fn http() -> Result<reqwest::Client, Failure> {
    // A proxy of the environment does not know our loopback.
    reqwest::Client::builder().no_proxy().build().map_err(Failure::failed)
}
