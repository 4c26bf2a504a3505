//! A carrier takes texts to phones.

pub mod twilio;

use std::time::Duration;

use futures::future::BoxFuture;
use lotline_common::{At, PhoneNumber, api::turn::Media};
use secrecy::SecretString;

use crate::clock::Drift;

/// What a carrier needs to act for an organization.
#[derive(Debug, Clone)]
pub struct CarrierAccount {
    pub account_sid: String,
    pub auth_token: SecretString,
    pub auth_token_secondary: Option<SecretString>,
    /// Key sid and secret; used instead of the auth token when present.
    pub api_key: Option<(String, SecretString)>,
    /// The carrier itself answers STOP, START and HELP.
    pub answers_keywords: bool,
}

/// One message to send.
#[derive(Debug, Clone)]
pub struct OutgoingText {
    pub from: PhoneNumber,
    pub to: PhoneNumber,
    pub body: String,
    /// Where the carrier reports what became of it; `None` where it cannot reach us.
    pub status_callback: Option<String>,
    /// Seconds that the carrier may keep it queued; after that it must not appear.
    pub validity: u32,
}

/// How an attempt to send ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The carrier has it.
    Accepted { sid: String, status: String },
    /// The carrier certainly does not have it: nothing left, or it said no.
    Rejected { code: Option<i64>, retry_after: Option<Duration>, message: String },
    /// It may have it: the request left and no clear answer came back. Never sent again without evidence.
    Unknown { cause: String, retry_after: Option<Duration> },
}

/// A message in the carrier's own list. Its times here and below are told by our clock, whatever the carrier's shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedText {
    pub sid: String,
    pub body: String,
    pub status: String,
    pub created_at: Option<At>,
    pub error_code: Option<i64>,
}

/// A text that a phone sent to an own number, as the carrier keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedText {
    pub sid: String,
    pub from: PhoneNumber,
    pub body: String,
    pub has_media: bool,
    pub created_at: At,
}

/// A page of a list, newest first; `next` leads to older ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPage<T> {
    pub texts: Vec<T>,
    pub next: Option<String>,
    /// How far our clock was ahead of the carrier's when the page came.
    pub ahead: Drift,
}

/// Why the list could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    #[error("the carrier refused our credentials")]
    Credentials,
    #[error("the carrier could not be asked: {0}")]
    Unreachable(String),
}

/// A carrier. One request per call; nothing is repeated inside.
pub trait Carrier: Send + Sync {
    fn send<'a>(&'a self, account: &'a CarrierAccount, text: &'a OutgoingText) -> BoxFuture<'a, Sent>;

    /// Messages from one number to another, newest first, created at or after `since` as far as the carrier tells.
    fn list<'a>(
        &'a self,
        account: &'a CarrierAccount,
        from: &'a PhoneNumber,
        to: &'a PhoneNumber,
        since: At,
    ) -> BoxFuture<'a, Result<Vec<ListedText>, ListError>>;

    /// Texts from phones to `to`, created at or after `since`: the first page, or the one that `page` leads to.
    fn received<'a>(
        &'a self,
        account: &'a CarrierAccount,
        to: &'a PhoneNumber,
        since: At,
        page: Option<String>,
    ) -> BoxFuture<'a, Result<TextPage<ReceivedText>, ListError>>;

    /// Texts that left `from`, whoever got them, created at or after `since`: in pages as above.
    fn sent<'a>(
        &'a self,
        account: &'a CarrierAccount,
        from: &'a PhoneNumber,
        since: At,
        page: Option<String>,
    ) -> BoxFuture<'a, Result<TextPage<ListedText>, ListError>>;

    /// Pictures of a received text.
    fn media<'a>(
        &'a self,
        account: &'a CarrierAccount,
        sid: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Media>, ListError>>;
}
