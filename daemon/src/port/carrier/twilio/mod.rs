//! Twilio: webhooks in, messages out, lists read. Facts: Twilio's OpenAPI and its official libraries' own tests.

pub mod form;
mod list;
mod send;
pub mod signature;

use std::time::Duration;

use futures::future::BoxFuture;
use lotline_common::{At, PhoneNumber, api::turn::Media};
use reqwest::Client;
use secrecy::ExposeSecret;

use super::{Carrier, CarrierAccount, ListError, ListedText, OutgoingText, ReceivedText, Sent, TextPage};

/// Twilio's REST API at one base URL.
#[derive(Clone)]
pub struct Twilio {
    http: Client,
    base: String,
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
        Box::pin(self.sent_to(account, from, to, since))
    }

    fn received<'a>(
        &'a self,
        account: &'a CarrierAccount,
        to: &'a PhoneNumber,
        since: At,
        page: Option<String>,
    ) -> BoxFuture<'a, Result<TextPage<ReceivedText>, ListError>> {
        Box::pin(self.received_by(account, to, since, page))
    }

    fn sent<'a>(
        &'a self,
        account: &'a CarrierAccount,
        from: &'a PhoneNumber,
        since: At,
        page: Option<String>,
    ) -> BoxFuture<'a, Result<TextPage<ListedText>, ListError>> {
        Box::pin(self.sent_from(account, from, since, page))
    }

    fn media<'a>(
        &'a self,
        account: &'a CarrierAccount,
        sid: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Media>, ListError>> {
        Box::pin(self.media_of(account, sid))
    }
}
