//! The world outside: the public URL, the carrier, the AI provider. Only questions, nothing is sent or changed.

use lotline_common::PhoneNumber;
use reqwest::{Client, RequestBuilder, StatusCode};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{Report, Sealed, machine};
use crate::{
    clock::Clock,
    config::{Config, duration_text},
    directory::Desk,
    limits,
    port::{
        agent::AgentProfile,
        carrier::{CarrierAccount, twilio},
    },
};

const INCOMING: &str = "/api/webhooks/twilio/sms/incoming";

pub(super) async fn public_url(report: &mut Report, client: &Client, config: &Config) {
    let Some(url) = config.public("/healthz") else {
        let every = duration_text(config.twilio.list_every.unwrap_or(limits::POLL_EVERY));
        let text = format!(
            "not set: polling. The carrier's list is read every {every}; an answer comes that much later"
        );
        let advice = "set server.public_url to the https address where the carrier reaches this machine, if there is one";
        return report.warn("public URL", text, advice);
    };
    match client.get(&url).send().await {
        Ok(answer) if answer.status() == StatusCode::OK => report.ok("public URL", format!("{url} answers")),
        Ok(answer) => report.fail(
            "public URL",
            format!("{url} answers {}", answer.status()),
            "point the proxy or name at this daemon",
        ),
        Err(error) => report.warn(
            "public URL",
            format!("{url} was not reached from here: {}", reason(&error)),
            "start the daemon; then look at the name, the proxy and the firewall",
        ),
    }
}

/// One organization: numbers, carrier, agent.
pub(super) async fn desk(report: &mut Report, client: &Client, config: &Config, desk: &Desk, sealed: Sealed) {
    let name = &desk.name;
    if desk.numbers.is_empty() {
        report.warn(name, "has no number", "run `lotlined number add`");
    }
    match &desk.carrier {
        Some(account) => carrier(report, client, config, desk, account).await,
        None if sealed.carrier => lost(report, name, "carrier account"),
        None if desk.numbers.is_empty() => {
            report.warn(name, "has no carrier account", "run `lotlined carrier set`");
        }
        None => report.fail(
            name,
            "has numbers but no carrier account: texts to them are refused",
            "run `lotlined carrier set`",
        ),
    }
    match &desk.agent {
        Some(profile) => agent(report, client, config, name, profile).await,
        None if sealed.agent => lost(report, name, "agent profile"),
        None => report.warn(name, "has no AI agent: people answer everything", "run `lotlined agent set`"),
    }
}

fn lost(report: &mut Report, name: &str, what: &str) {
    report.fail(
        name,
        format!("the {what} does not open with secrets.key_file"),
        "restore the key file that sealed it, or set the credentials again",
    );
}

async fn carrier(
    report: &mut Report,
    client: &Client,
    config: &Config,
    desk: &Desk,
    account: &CarrierAccount,
) {
    let base = config.twilio.api_base.as_str().trim_end_matches('/');
    let base = format!("{base}/2010-04-01/Accounts/{}", account.account_sid);
    let answer = signed(client.get(format!("{base}.json")), account).send().await;
    if let Ok(answer) = &answer {
        machine::clock_of_carrier(report, twilio::ahead(&Clock::system(), answer.headers()));
    }
    match answer.map(|answer| answer.status()) {
        Ok(StatusCode::OK) => {
            report.ok(&desk.name, format!("carrier account {} signs in", account.account_sid))
        }
        Ok(status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)) => {
            return report.fail(
                &desk.name,
                format!("the carrier refuses the credentials ({status})"),
                "copy sid and token from the carrier's console and run `lotlined carrier set`",
            );
        }
        Ok(status) => {
            return report.warn(&desk.name, format!("the carrier answers {status}"), "try again later");
        }
        Err(error) => {
            let text = format!("the carrier was not reached: {}", reason(&error));
            return report.fail(&desk.name, text, "look at the network and twilio.api_base");
        }
    }
    for number in desk.numbers.iter().filter(|number| number.sms) {
        let list = format!("{base}/IncomingPhoneNumbers.json");
        let request = client.get(list).query(&[("PhoneNumber", number.phone_number.as_str())]);
        let subject = format!("{} {}", desk.name, number.phone_number);
        match signed(request, account).send().await {
            Ok(answer) if answer.status() == StatusCode::OK => match answer.json::<Numbers>().await {
                Ok(found) => webhook(report, config, &subject, found),
                Err(error) => report.warn(&subject, reason(&error), "try again later"),
            },
            Ok(answer) => {
                report.warn(&subject, format!("the carrier answers {}", answer.status()), "try again later")
            }
            Err(error) => report.warn(&subject, reason(&error), "try again later"),
        }
        list_answers(report, client, config, account, &base, &number.phone_number, subject).await;
    }
}

/// What no webhook tells comes by the list; it is asked as the daemon asks it.
async fn list_answers(
    report: &mut Report,
    client: &Client,
    config: &Config,
    account: &CarrierAccount,
    base: &str,
    number: &PhoneNumber,
    subject: String,
) {
    let query = [("To", number.as_str()), ("PageSize", "1")];
    let request = client.get(format!("{base}/Messages.json")).query(&query);
    match signed(request, account).send().await.map(|answer| answer.status()) {
        Ok(StatusCode::OK) => report.ok(subject, "the carrier's list of its texts answers"),
        Ok(status) if config.is_polling() => report.fail(
            subject,
            format!("the carrier's list of its texts answers {status}: no text comes in"),
            "let the API key read messages, or set the auth token",
        ),
        Ok(status) => report.warn(
            subject,
            format!("the carrier's list of its texts answers {status}: what a webhook misses is not fetched"),
            "let the API key read messages, or set the auth token",
        ),
        Err(error) => report.warn(subject, reason(&error), "try again later"),
    }
}

#[derive(Deserialize)]
struct Numbers {
    incoming_phone_numbers: Vec<IncomingNumber>,
}

#[derive(Deserialize)]
struct IncomingNumber {
    #[serde(default)]
    sms_url: Option<String>,
    #[serde(default)]
    sms_method: Option<String>,
}

fn webhook(report: &mut Report, config: &Config, subject: &str, found: Numbers) {
    let Some(number) = found.incoming_phone_numbers.into_iter().next() else {
        return report.fail(
            subject,
            "does not belong to this carrier account",
            "buy it or correct the account",
        );
    };
    let url = number.sms_url.unwrap_or_default();
    let Some(want) = config.public(INCOMING) else {
        return match url.as_str() {
            "" => report.ok(subject, "its texts are read from the carrier's list"),
            _ => report.warn(
                subject,
                format!(
                    "its texts are read from the carrier's list, and the carrier also sends them to {url}"
                ),
                "remove the number's messaging webhook, unless that program answers nobody",
            ),
        };
    };
    let posts = number.sms_method.is_none_or(|method| method.eq_ignore_ascii_case("post"));
    if url == want && posts {
        report.ok(subject, "its texts come to this desk");
    } else {
        let now = if url.is_empty() { "nothing".to_owned() } else { url };
        report.fail(
            subject,
            format!("the carrier sends its texts to {now}"),
            format!("set the number's messaging webhook to {want} (POST), unless a messaging service does"),
        );
    }
}

async fn agent(report: &mut Report, client: &Client, config: &Config, name: &str, profile: &AgentProfile) {
    let base = config.elevenlabs.api_base.as_str().trim_end_matches('/');
    let request = client
        .get(format!("{base}/v1/convai/conversation/get-signed-url"))
        .query(&[("agent_id", profile.agent_id.as_str())])
        .header("xi-api-key", profile.api_key.expose_secret());
    match request.send().await.map(|answer| answer.status()) {
        Ok(StatusCode::OK) => report.ok(name, format!("agent {} answers", profile.agent_id)),
        Ok(status) if status.is_client_error() => report.fail(
            name,
            format!("the provider refuses agent {} ({status})", profile.agent_id),
            "check agent id and key and run `lotlined agent set`",
        ),
        Ok(status) => report.warn(name, format!("the agent's provider answers {status}"), "try again later"),
        Err(error) => report.fail(
            name,
            format!("the agent's provider was not reached: {}", reason(&error)),
            "look at the network and elevenlabs.api_base",
        ),
    }
}

fn signed(request: RequestBuilder, account: &CarrierAccount) -> RequestBuilder {
    match &account.api_key {
        Some((sid, secret)) => request.basic_auth(sid, Some(secret.expose_secret())),
        None => request.basic_auth(&account.account_sid, Some(account.auth_token.expose_secret())),
    }
}

/// Without the URL, which may hold an id or a number, and with the cause, which is what helps.
pub(super) fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
