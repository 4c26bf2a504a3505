//! Twilio: webhooks in, messages out, lists read. Facts: Twilio's OpenAPI and its official libraries' own tests.

pub mod form;
mod list;
mod send;
pub mod signature;

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::fmt::rfc2822;
use lotline_common::{At, PhoneNumber, api::turn::Media};
use reqwest::{
    Client,
    header::{self, HeaderMap},
};
use secrecy::ExposeSecret;

use super::{Carrier, CarrierAccount, ListError, ListedText, OutgoingText, ReceivedText, Sent, TextPage};
use crate::clock::{Clock, Drift};

/// Twilio's REST API at one base URL.
#[derive(Clone)]
pub struct Twilio {
    http: Client,
    base: String,
    clock: Clock,
}

impl Twilio {
    /// `base` is `https://api.twilio.com` or a loopback double.
    pub fn new(base: &str, clock: Clock) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(15))
            .redirect(reqwest::redirect::Policy::none())
            // A kept connection can die between two requests, which would leave the outcome unknown for nothing.
            .pool_idle_timeout(Duration::from_secs(4))
            .retry(reqwest::retry::never())
            .build()?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), clock })
    }

    fn messages(&self, account: &CarrierAccount) -> String {
        format!("{}/2010-04-01/Accounts/{}/Messages.json", self.base, account.account_sid)
    }
}

/// How far our clock is ahead of the one that dated an answer with these headers; nothing if it does not say.
pub fn ahead(clock: &Clock, headers: &HeaderMap) -> Drift {
    let date = headers.get(header::DATE).and_then(|date| date.to_str().ok());
    date.and_then(moment).map_or(Drift::default(), |theirs| clock.ahead_of(theirs))
}

/// Dates in headers and in lists: `Thu, 24 Aug 2023 05:01:45 +0000`.
fn moment(date: &str) -> Option<At> {
    rfc2822::DateTimeParser::new().parse_timestamp(date).ok().map(At::from)
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

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    /// Lost: the evidence that a text was taken, and a machine whose clock is wrong with nobody to say so.
    #[test]
    fn a_clock_that_is_far_from_the_carriers_is_noticed() {
        let clock = Clock::fixed(At::from_unix_seconds(1_798_797_600));
        for (date, seconds) in [
            ("Fri, 01 Jan 2027 10:00:00 GMT", 0),
            ("Fri, 01 Jan 2027 09:59:51 GMT", 0),
            ("Fri, 01 Jan 2027 09:59:49 GMT", 11),
            ("Fri, 01 Jan 2027 10:05:00 GMT", -300),
            ("yesterday", 0),
        ] {
            let headers = [(header::DATE, HeaderValue::from_static(date))].into_iter().collect();
            let theirs = At::from_unix_seconds(0) + ahead(&clock, &headers);
            assert_eq!(theirs.unix_seconds(), seconds, "{date}");
        }
        assert_eq!(ahead(&clock, &HeaderMap::new()), Drift::default());
    }
}
