//! `POST …/Messages.json`.
//!
//! Twilio has no idempotency key, so nothing is ever repeated here: a request either certainly did not arrive, was
//! answered, or its outcome is unknown.

use std::time::Duration;

use reqwest::{Response, StatusCode, header};
use serde::Deserialize;

use super::{Twilio, credentials};
use crate::port::carrier::{CarrierAccount, OutgoingText, Sent};

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

impl Twilio {
    pub(super) async fn create(&self, account: &CarrierAccount, text: &OutgoingText) -> Sent {
        let (user, password) = credentials(account);
        let validity = text.validity.to_string();
        let mut form = vec![
            ("From", text.from.as_str()),
            ("To", text.to.as_str()),
            ("Body", text.body.as_str()),
            ("ValidityPeriod", validity.as_str()),
        ];
        form.extend(text.status_callback.as_deref().map(|url| ("StatusCallback", url)));
        let request = self.http.post(self.messages(account)).basic_auth(user, Some(password)).form(&form);
        match request.send().await {
            Ok(response) => answered(response).await,
            // Name resolution, TCP and TLS come before the first byte of the request.
            Err(error) if error.is_connect() || error.is_builder() => Sent::Rejected {
                code: None,
                retry_after: None,
                message: "the carrier could not be reached".into(),
            },
            Err(error) => Sent::Unknown { cause: error.without_url().to_string(), retry_after: None },
        }
    }
}

/// 2xx with a sid is a yes, 4xx a no; everything else, 5xx above all, may have been taken.
async fn answered(response: Response) -> Sent {
    let status = response.status();
    let retry_after = response.headers().get(header::RETRY_AFTER);
    let retry_after =
        retry_after.and_then(|value| value.to_str().ok()?.parse().ok()).map(Duration::from_secs);
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) if status.is_client_error() => {
            return Sent::Rejected { code: None, retry_after, message: error.without_url().to_string() };
        }
        Err(error) => {
            return Sent::Unknown { cause: error.without_url().to_string(), retry_after };
        }
    };
    if status.is_success() {
        return match serde_json::from_slice::<Created>(&body) {
            Ok(created) => Sent::Accepted { sid: created.sid, status: created.status },
            Err(error) => {
                Sent::Unknown { cause: format!("a success that cannot be read: {error}"), retry_after: None }
            }
        };
    }
    if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT {
        let refused: Refused = serde_json::from_slice(&body).unwrap_or_default();
        let code = match status {
            // Whatever its own code, it is the account that is refused.
            StatusCode::UNAUTHORIZED => Some(20003),
            StatusCode::FORBIDDEN => refused.code.or(Some(20003)),
            StatusCode::TOO_MANY_REQUESTS => refused.code.or(Some(20429)),
            _ => refused.code,
        };
        return Sent::Rejected { code, retry_after, message: refused.message };
    }
    Sent::Unknown { cause: format!("the carrier answered {status}"), retry_after }
}
