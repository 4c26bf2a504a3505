//! Posting to the system under test as the carrier posts: signed, once, with one more try when nobody listens.
//!
//! Connection overrides in the URL's fragment are obeyed where they count here: `rc` (retries), `rp` (`ct`, `rt`,
//! `4xx`, `5xx`, `all`), `rt` and `tt` (milliseconds).

use std::time::{Duration, Instant};

use super::{Signed, signature::sign};
use crate::{App, pace::Pace};

/// One logical webhook.
pub(super) struct Hook {
    pub(super) url: String,
    pub(super) params: Vec<(String, String)>,
    pub(super) account_sid: String,
    /// `I-Twilio-Idempotency-Token`: the same on a retry and on a replay.
    pub(super) token: String,
    pub(super) signed: Signed,
}

/// How it ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Delivered {
    /// `None` = no answer.
    pub(super) status: Option<u16>,
    pub(super) body: String,
    pub(super) attempts: u32,
    pub(super) micros: u64,
}

/// When and how often the carrier tries again.
#[derive(Debug, PartialEq, Eq)]
struct Policy {
    retries: u32,
    on: Vec<String>,
    attempt: Duration,
    total: Duration,
}

impl Policy {
    fn of(url: &str, pace: &Pace) -> Self {
        let mut policy =
            Self { retries: 1, on: vec!["ct".into()], attempt: pace.webhook(), total: pace.webhook() };
        let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
        for (name, value) in form_urlencoded::parse(fragment.as_bytes()) {
            let millis =
                value.parse::<u64>().ok().filter(|ms| (100..=15_000).contains(ms)).map(Duration::from_millis);
            match &*name {
                "rc" => policy.retries = value.parse::<u32>().unwrap_or(policy.retries).min(5),
                "rp" => policy.on = value.split(',').map(str::to_owned).collect(),
                "rt" => policy.attempt = millis.unwrap_or(policy.attempt),
                "tt" => policy.total = millis.unwrap_or(policy.total),
                _ => {}
            }
        }
        policy
    }

    fn retries_on(&self, failure: &str) -> bool {
        self.on.iter().any(|on| on == failure || on == "all")
    }
}

/// Posts `hook`, retrying as its URL says, and tells how it ended.
pub(super) async fn post(app: &App, hook: &Hook) -> Delivered {
    let policy = Policy::of(&hook.url, app.pace());
    let begun = Instant::now();
    let mut delivered = Delivered::default();
    loop {
        delivered.attempts += 1;
        let left = policy.total.saturating_sub(begun.elapsed()).min(policy.attempt);
        let failure = match attempt(app, hook, left).await {
            Ok((status, body)) => {
                delivered.status = Some(status);
                delivered.body = body;
                match status {
                    400..=499 => "4xx",
                    500..=599 => "5xx",
                    _ => "",
                }
            }
            Err(error) if error.is_connect() => "ct",
            Err(_) => "rt",
        };
        let again = policy.retries_on(failure) && delivered.attempts <= policy.retries && !left.is_zero();
        if failure.is_empty() || !again {
            break;
        }
    }
    delivered.micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    delivered
}

async fn attempt(app: &App, hook: &Hook, timeout: Duration) -> Result<(u16, String), reqwest::Error> {
    let url = hook.url.split('#').next().unwrap_or_default();
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&hook.params).finish();
    let mut request = app
        .http
        .post(url)
        .timeout(timeout)
        .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
        .header("i-twilio-idempotency-token", &hook.token)
        .body(body);
    if let Some(signature) = signature(app, hook) {
        request = request.header("x-twilio-signature", signature);
    }
    let response = request.send().await?;
    let status = response.status().as_u16();
    // A body that breaks off leaves the status standing.
    Ok((status, response.text().await.unwrap_or_default()))
}

fn signature(app: &App, hook: &Hook) -> Option<String> {
    let token = app.carrier.with_account(&hook.account_sid, |it| it.account.auth_token.clone())?;
    match &hook.signed {
        Signed::Properly => Some(sign(&token, &hook.url, &hook.params)),
        Signed::NotAtAll => None,
        Signed::Wrongly => Some(sign(&format!("not {token}"), &hook.url, &hook.params)),
        Signed::WithToken(other) => Some(sign(other, &hook.url, &hook.params)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_overrides_the_carriers_policy() {
        let usual = Policy::of("https://example.com/sms", &Pace::lifelike());
        assert_eq!((usual.retries, usual.retries_on("ct"), usual.retries_on("5xx")), (1, true, false));
        let own = Policy::of("https://example.com/sms#rc=3&rp=ct,5xx&rt=2000&e=dublin", &Pace::lifelike());
        assert_eq!((own.retries, own.retries_on("5xx"), own.retries_on("rt")), (3, true, false));
        assert_eq!((own.attempt, own.total), (Duration::from_secs(2), Duration::from_secs(15)));
    }
}
