//! A customer writes to an own number: the log, the carrier's own keywords, and the webhook with all its fields.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    draft::Draft,
    keyword::Keyword,
    message::{Message, media_sid},
    number::{Number, place},
    send, sid, twiml,
    webhook::{Delivered, Hook, post},
};
use crate::{
    App, clock,
    ledger::{CarrierReply, Inbound},
};

/// A text from a customer's phone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Text {
    /// The customer, E.164.
    pub from: String,
    /// A registered own number.
    pub to: String,
    pub body: String,
    /// Given: that message. A known sid is posted again, exactly as a carrier repeats itself.
    pub message_sid: Option<String>,
    /// Pictures; any makes it an MMS.
    pub media: Vec<Media>,
    /// Whether the ledger expects an answer; `None` = judged by keyword and earlier STOP.
    pub needs_answer: Option<bool>,
    pub signed: Signed,
    /// Webhook fields to replace or add, for hostile requests; a name given twice is sent twice.
    pub fields: Vec<(String, String)>,
    /// How many seconds ago the carrier took it, in its log.
    pub age: u32,
    /// Who wrote it, for the ledger.
    pub shopper: Option<String>,
}

impl Text {
    pub fn new(from: impl Into<String>, to: impl Into<String>, body: impl Into<String>) -> Self {
        Self { from: from.into(), to: to.into(), body: body.into(), ..Self::default() }
    }
}

/// A picture in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    pub content_type: String,
    /// `None` = kept by the simulator itself, under the vendor's path.
    #[serde(default)]
    pub url: Option<String>,
}

/// How a webhook is signed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signed {
    #[default]
    Properly,
    NotAtAll,
    Wrongly,
    /// With another auth token than the account's.
    WithToken(String),
}

/// What the system under test answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// HTTP status; 0 = nobody answered, or the number has no webhook.
    pub status: u16,
    pub body: String,
    pub sid: String,
    /// From the first byte of the first attempt to the end of the answer.
    pub micros: u64,
}

impl Acknowledgement {
    /// The carrier counts the text as taken.
    pub const fn is_taken(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// Posts `text` and waits for the answer.
pub(crate) async fn text(app: &App, text: Text) -> Acknowledgement {
    let Some(number) = app.carrier.number(&text.to) else {
        tracing::warn!(to = %text.to, "text to a number nobody registered");
        return Acknowledgement { body: format!("no own number {}", text.to), ..Acknowledgement::default() };
    };
    let fresh = || sid(if text.media.is_empty() { "SM" } else { "MM" });
    let sid = text.message_sid.clone().unwrap_or_else(fresh);
    receive(app, &number, &text, &sid);
    let delivered = if number.sms_url.is_empty() {
        Delivered::default()
    } else {
        post(app, &hook(app, &number, &text, &sid)).await
    };
    app.book.posted(&sid, delivered.status, delivered.attempts);
    reply(app, &number, &text, &delivered);
    Acknowledgement {
        status: delivered.status.unwrap_or(0),
        body: delivered.body,
        sid,
        micros: delivered.micros,
    }
}

/// Everything that happens at the carrier before the webhook. The log holds the text even if nobody takes it.
fn receive(app: &App, number: &Number, text: &Text, sid: &str) {
    let (now, dated) = (clock::now(), app.carrier.now());
    let keyword = Keyword::of(&text.body);
    let (mut had_stopped, mut reply) = (false, None);
    app.carrier.with_account(&number.account_sid, |it| {
        had_stopped = it.has_stopped(&text.to, &text.from);
        if it.log.add(message(number, text, sid, dated)) {
            reply = keyword.and_then(|keyword| it.heed(keyword, &text.to, &text.from));
        }
    });
    let needs_answer = text.needs_answer.unwrap_or(keyword.is_none() && !had_stopped);
    app.book.posting(Inbound {
        sid: sid.to_owned(),
        account_sid: number.account_sid.clone(),
        from: text.from.clone(),
        to: text.to.clone(),
        body: text.body.clone(),
        needs_answer,
        posted_at_us: now.as_microsecond(),
        acknowledged_at_us: None,
        status: None,
        attempts: 0,
        replays: 0,
        shopper: text.shopper.clone(),
    });
    if let Some(body) = reply {
        let at_us = now.as_microsecond();
        let (from, to, body) = (text.to.clone(), text.from.clone(), body.to_owned());
        app.book.carrier_replied(CarrierReply { from, to, body, at_us });
    }
}

fn message(number: &Number, text: &Text, sid: &str, now: Timestamp) -> Message {
    Message {
        sid: sid.to_owned(),
        account_sid: number.account_sid.clone(),
        from: text.from.clone(),
        to: text.to.clone(),
        body: text.body.clone(),
        direction: "inbound",
        status: "received",
        error_code: None,
        media: text.media.iter().map(|media| media.content_type.clone()).collect(),
        created: now - SignedDuration::from_secs(text.age.into()),
        sent: Some(now - SignedDuration::from_secs(text.age.into())),
        updated: now,
    }
}

fn hook(app: &App, number: &Number, text: &Text, sid: &str) -> Hook {
    let mut params = fields(app, number, text, sid);
    params.retain(|(name, _)| !text.fields.iter().any(|(other, _)| other == name));
    params.extend(text.fields.iter().cloned());
    Hook {
        url: number.sms_url.clone(),
        params,
        account_sid: number.account_sid.clone(),
        token: format!("{sid}-received"),
        signed: text.signed.clone(),
    }
}

/// All fields of an incoming message (Twilio, "Twilio's request to your incoming message Webhook URL").
fn fields(app: &App, number: &Number, text: &Text, sid: &str) -> Vec<(String, String)> {
    let segments = lotline_common::sms::segments(&text.body).count.max(1).to_string();
    let (from, to) = (place(&text.from), place(&text.to));
    let mut fields: Vec<(String, String)> = [
        ("ToCountry", "US"),
        ("ToState", to.1),
        ("SmsMessageSid", sid),
        ("NumMedia", &text.media.len().to_string()),
        ("ToCity", to.0),
        ("FromZip", from.2),
        ("SmsSid", sid),
        ("FromState", from.1),
        ("SmsStatus", "received"),
        ("FromCity", from.0),
        ("Body", &text.body),
        ("FromCountry", "US"),
        ("To", &text.to),
        ("ToZip", to.2),
        ("NumSegments", &segments),
        ("MessageSid", sid),
        ("AccountSid", &number.account_sid),
        ("From", &text.from),
        ("ApiVersion", "2010-04-01"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (at, media) in text.media.iter().enumerate() {
        let own = || {
            let path = format!("2010-04-01/Accounts/{}/Messages/{sid}/Media", number.account_sid);
            format!("{}/{path}/{}", app.base_url, media_sid(at))
        };
        fields.push((format!("MediaUrl{at}"), media.url.clone().unwrap_or_else(own)));
        fields.push((format!("MediaContentType{at}"), media.content_type.clone()));
    }
    fields
}

/// Texts in the webhook's own answer are sent as replies, if the carrier may.
fn reply(app: &App, number: &Number, text: &Text, delivered: &Delivered) {
    if !delivered.status.is_some_and(|status| (200..300).contains(&status)) {
        return;
    }
    match twiml::replies(&delivered.body) {
        Ok(bodies) => {
            for body in bodies {
                let draft = Draft::reply(&text.to, &text.from, body);
                match send::check_sender(app, &number.account_sid, &draft) {
                    Ok(()) => {
                        let (_, life) = send::accept(app, &number.account_sid, draft, "outbound-reply", None);
                        app.tasks.spawn(life.run());
                    }
                    Err(error) => send::note_refusal(app, &number.account_sid, &draft, error.code),
                }
            }
        }
        Err(problem) => app.book.violated("twilio", format!("answer to the webhook: {problem}")),
    }
}
