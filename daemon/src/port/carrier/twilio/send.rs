//! `POST` and `GET …/Messages.json`.
//!
//! Twilio has no idempotency key, so nothing is ever repeated here: a request either certainly did not arrive, was
//! answered, or its outcome is unknown.

use std::time::Duration;

use futures::future::BoxFuture;
use lotline_common::{At, PhoneNumber};
use reqwest::{Client, Response, StatusCode, header};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::port::carrier::{Carrier, CarrierAccount, ListError, ListedText, OutgoingText, Sent};

/// Twilio's REST API at one base URL.
#[derive(Clone)]
pub struct Twilio {
    http: Client,
    base: String,
}

#[derive(Deserialize)]
struct Created {
    sid: String,
    status: String,
}

#[derive(Deserialize, Default)]
struct Refused {
    code: Option<i64>,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Listing {
    messages: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    sid: String,
    body: Option<String>,
    status: Option<String>,
    date_created: Option<String>,
    error_code: Option<i64>,
    direction: Option<String>,
}

impl Twilio {
    /// `base` is `https://api.twilio.com` or a loopback double.
    pub fn new(base: &str) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            // A kept connection can die between two requests, which would leave the outcome unknown for nothing.
            .pool_idle_timeout(Duration::from_secs(4))
            .retry(reqwest::retry::never())
            .build()?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned() })
    }

    fn messages(&self, account: &CarrierAccount) -> String {
        format!("{}/2010-04-01/Accounts/{}/Messages.json", self.base, account.account_sid)
    }

    async fn create(&self, account: &CarrierAccount, text: &OutgoingText) -> Sent {
        let (user, password) = credentials(account);
        let validity = text.validity.to_string();
        let form = [
            ("From", text.from.as_str()),
            ("To", text.to.as_str()),
            ("Body", text.body.as_str()),
            ("StatusCallback", text.status_callback.as_str()),
            ("ValidityPeriod", validity.as_str()),
        ];
        let request = self.http.post(self.messages(account)).basic_auth(user, Some(password)).form(&form);
        match request.send().await {
            Ok(response) => answered(response).await,
            // Name resolution, TCP and TLS come before the first byte of the request.
            Err(error) if error.is_connect() || error.is_builder() => Sent::Rejected {
                code: None,
                retry_after: None,
                message: "the carrier could not be reached".into(),
            },
            Err(error) => Sent::Unknown { cause: error.without_url().to_string() },
        }
    }

    async fn fetch(
        &self,
        account: &CarrierAccount,
        from: &PhoneNumber,
        to: &PhoneNumber,
        since: At,
    ) -> Result<Vec<ListedText>, ListError> {
        let (user, password) = credentials(account);
        // The list's own date filter goes by day and by sent date, so the times are compared here.
        let query = [("From", from.as_str()), ("To", to.as_str()), ("PageSize", "1000")];
        let unreachable = |error: reqwest::Error| ListError::Unreachable(error.without_url().to_string());
        let request = self.http.get(self.messages(account)).basic_auth(user, Some(password)).query(&query);
        let response = request.send().await.map_err(unreachable)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(ListError::Credentials),
            other => return Err(ListError::Unreachable(format!("status {other}"))),
        }
        let listing: Listing = response.json().await.map_err(unreachable)?;
        let outgoing = listing.messages.into_iter().filter(|m| m.direction.as_deref() != Some("inbound"));
        Ok(outgoing
            .map(ListedText::from)
            .filter(|text| text.created_at.is_none_or(|at| at >= since))
            .collect())
    }
}

impl From<Listed> for ListedText {
    fn from(listed: Listed) -> Self {
        let created = listed.date_created.as_deref();
        Self {
            sid: listed.sid,
            body: listed.body.unwrap_or_default(),
            status: listed.status.unwrap_or_default(),
            created_at: created
                .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
                .map(|z| z.timestamp().into()),
            error_code: listed.error_code,
        }
    }
}

/// 2xx with a sid is a yes, 4xx a no; everything else, 5xx above all, may have been taken.
async fn answered(response: Response) -> Sent {
    let status = response.status();
    let retry_after = response.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok());
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) if status.is_client_error() => {
            return Sent::Rejected { code: None, retry_after, message: error.without_url().to_string() };
        }
        Err(error) => {
            return Sent::Unknown { cause: error.without_url().to_string() };
        }
    };
    if status.is_success() {
        return match serde_json::from_slice::<Created>(&body) {
            Ok(created) => Sent::Accepted { sid: created.sid, status: created.status },
            Err(error) => Sent::Unknown { cause: format!("a success that cannot be read: {error}") },
        };
    }
    if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT {
        let refused: Refused = serde_json::from_slice(&body).unwrap_or_default();
        let code = refused.code.or((status == StatusCode::UNAUTHORIZED).then_some(20003));
        let code = code.or((status == StatusCode::TOO_MANY_REQUESTS).then_some(20429));
        return Sent::Rejected { code, retry_after, message: refused.message };
    }
    Sent::Unknown { cause: format!("the carrier answered {status}") }
}

fn credentials(account: &CarrierAccount) -> (&str, &str) {
    match &account.api_key {
        Some((sid, secret)) => (sid, secret.expose_secret()),
        None => (&account.account_sid, account.auth_token.expose_secret()),
    }
}

impl Carrier for Twilio {
    fn send<'a>(&'a self, account: &'a CarrierAccount, text: &'a OutgoingText) -> BoxFuture<'a, Sent> {
        Box::pin(self.create(account, text))
    }

    fn list<'a>(
        &'a self,
        account: &'a CarrierAccount,
        from: &'a PhoneNumber,
        to: &'a PhoneNumber,
        since: At,
    ) -> BoxFuture<'a, Result<Vec<ListedText>, ListError>> {
        Box::pin(self.fetch(account, from, to, since))
    }
}
