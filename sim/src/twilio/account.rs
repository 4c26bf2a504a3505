//! Accounts of the carrier: who may call its API, and what each account remembers.

use std::collections::{HashMap, HashSet};

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{keyword::Keyword, message::Log, number::OwnNumber};
use crate::{clock, shared::Shared};

/// An account to register. Registering it again changes its credentials and keeps its messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// `AC` and 32 hex digits.
    pub sid: String,
    /// Signs webhooks and opens the API.
    pub auth_token: String,
    /// Opens the API as well, while a token is being replaced; never signs.
    #[serde(default)]
    pub auth_token_secondary: Option<String>,
    /// `(SK…, secret)`: opens the API.
    #[serde(default)]
    pub api_key: Option<(String, String)>,
}

impl Account {
    fn admits(&self, user: &str, password: &str) -> bool {
        let by_token = user == self.sid
            && (password == self.auth_token || self.auth_token_secondary.as_deref() == Some(password));
        by_token || self.api_key.as_ref().is_some_and(|(sid, secret)| user == sid && password == secret)
    }
}

/// One account as the carrier keeps it.
#[derive(Debug)]
pub(crate) struct Ledgered {
    pub(crate) account: Account,
    /// The carrier itself acts on STOP, START and HELP.
    pub(crate) answers_keywords: bool,
    pub(crate) log: Log,
    /// `(own number, customer)` pairs whose customer said STOP.
    pub(crate) stopped: HashSet<(String, String)>,
}

/// Everything the carrier knows.
#[derive(Debug, Default)]
pub(crate) struct Carrier {
    pub(crate) state: Shared<State>,
    /// Seconds by which its clock is ahead of the system's.
    ahead: Shared<i64>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) accounts: HashMap<String, Ledgered>,
    pub(crate) numbers: Vec<OwnNumber>,
}

impl Carrier {
    pub(crate) fn set_clock(&self, ahead: i64) {
        *self.ahead.lock() = ahead;
    }

    /// What the carrier's clock shows: it dates messages and answers. The ledger goes by the system's.
    pub(crate) fn now(&self) -> Timestamp {
        clock::now() + SignedDuration::from_secs(*self.ahead.lock())
    }

    pub(crate) fn register_account(&self, account: Account) {
        let mut state = self.state.lock();
        if let Some(known) = state.accounts.get_mut(&account.sid) {
            known.account = account;
            return;
        }
        let sid = account.sid.clone();
        let fresh =
            Ledgered { account, answers_keywords: true, log: Log::default(), stopped: HashSet::new() };
        state.accounts.insert(sid, fresh);
    }

    pub(crate) fn set_answers_keywords(&self, account_sid: &str, answers: bool) {
        self.with_account(account_sid, |it| it.answers_keywords = answers);
    }

    /// Works on one account; `None` when there is none of that sid.
    pub(crate) fn with_account<T>(&self, sid: &str, work: impl FnOnce(&mut Ledgered) -> T) -> Option<T> {
        self.state.lock().accounts.get_mut(sid).map(work)
    }

    /// Whether the request's Basic credentials open the account `sid`.
    pub(crate) fn admits(&self, sid: &str, headers: &HeaderMap) -> bool {
        let Some((user, password)) = basic_credentials(headers) else {
            return false;
        };
        self.with_account(sid, |it| it.account.admits(&user, &password)).unwrap_or(false)
    }
}

impl Ledgered {
    /// Follows a customer's keyword; what the carrier itself texts back.
    pub(crate) fn heed(&mut self, keyword: Keyword, own: &str, customer: &str) -> Option<&'static str> {
        let pair = (own.to_owned(), customer.to_owned());
        match keyword {
            Keyword::Stop => self.stopped.insert(pair),
            Keyword::Start => self.stopped.remove(&pair),
            Keyword::Help => false,
        };
        self.answers_keywords.then(|| keyword.reply())
    }

    pub(crate) fn has_stopped(&self, own: &str, customer: &str) -> bool {
        self.stopped.contains(&(own.to_owned(), customer.to_owned()))
    }

    /// Whether the carrier refuses to send (21610).
    pub(crate) fn blocks(&self, own: &str, customer: &str) -> bool {
        self.answers_keywords && self.has_stopped(own, customer)
    }
}

fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
