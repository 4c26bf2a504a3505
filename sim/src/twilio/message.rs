//! Messages as the carrier keeps and shows them. The log is the vendor's: it may be edited and deleted through the
//! API, while the ledger stays.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, Uri},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Form, error::TwilioError, rfc2822};
use crate::App;

/// One message of an account, either direction.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) sid: String,
    pub(crate) account_sid: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) body: String,
    /// `inbound`, `outbound-api` or `outbound-reply`.
    pub(crate) direction: &'static str,
    pub(crate) status: &'static str,
    pub(crate) error_code: Option<u32>,
    /// Content types of its pictures.
    pub(crate) media: Vec<String>,
    pub(crate) created: Timestamp,
    pub(crate) sent: Option<Timestamp>,
    pub(crate) updated: Timestamp,
}

impl Message {
    pub(crate) fn is_inbound(&self) -> bool {
        self.direction == "inbound"
    }

    pub(crate) fn segments(&self) -> usize {
        lotline_common::sms::segments(&self.body).count.max(1)
    }

    /// The `Message` resource of API version 2010-04-01.
    pub(crate) fn resource(&self) -> Value {
        let uri = format!("/2010-04-01/Accounts/{}/Messages/{}", self.account_sid, self.sid);
        json!({
            "sid": self.sid,
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": rfc2822(self.created),
            "date_sent": self.sent.map(rfc2822),
            "date_updated": rfc2822(self.updated),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": self.error_code.map(delivery_error),
            "from": self.from,
            "messaging_service_sid": null,
            "num_media": self.media.len().to_string(),
            "num_segments": self.segments().to_string(),
            "price": null,
            "price_unit": "USD",
            "status": self.status,
            "subresource_uris": {"media": format!("{uri}/Media.json")},
            "to": self.to,
            "uri": format!("{uri}.json"),
        })
    }

    fn media_resources(&self) -> Vec<Value> {
        let path = format!("/2010-04-01/Accounts/{}/Messages/{}/Media", self.account_sid, self.sid);
        let resource = |(at, content_type): (usize, &String)| {
            let sid = media_sid(at);
            json!({
                "sid": sid,
                "account_sid": self.account_sid,
                "parent_sid": self.sid,
                "content_type": content_type,
                "date_created": rfc2822(self.created),
                "date_updated": rfc2822(self.updated),
                "uri": format!("{path}/{sid}.json"),
            })
        };
        self.media.iter().enumerate().map(resource).collect()
    }
}

/// The messages of one account, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Log {
    messages: Vec<Message>,
    by_sid: HashMap<String, usize>,
}

impl Log {
    /// `false` when the sid is known already.
    pub(crate) fn add(&mut self, message: Message) -> bool {
        if self.by_sid.contains_key(&message.sid) {
            return false;
        }
        self.by_sid.insert(message.sid.clone(), self.messages.len());
        self.messages.push(message);
        true
    }

    pub(crate) fn get(&self, sid: &str) -> Option<&Message> {
        self.by_sid.get(sid).and_then(|&at| self.messages.get(at))
    }

    pub(crate) fn get_mut(&mut self, sid: &str) -> Option<&mut Message> {
        self.by_sid.get(sid).and_then(|&at| self.messages.get_mut(at))
    }

    /// Newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().rev()
    }

    fn remove(&mut self, sid: &str) -> bool {
        let Some(at) = self.by_sid.remove(sid) else {
            return false;
        };
        self.messages.remove(at);
        for moved in self.by_sid.values_mut().filter(|index| **index > at) {
            *moved -= 1;
        }
        true
    }
}

/// `GET …/Messages/{SM}.json`.
pub(super) async fn fetch(
    State(app): State<App>,
    Path((account, file)): Path<(String, String)>,
    uri: Uri,
) -> Result<Json<Value>, TwilioError> {
    let resource =
        app.carrier.with_account(&account, |it| it.log.get(named(&file)).map(Message::resource)).flatten();
    resource.map(Json).ok_or_else(|| TwilioError::not_found(uri.path()))
}

/// Sid of the `at`th picture of a message.
pub(super) fn media_sid(at: usize) -> String {
    format!("ME{at:032x}")
}

/// `GET …/Messages/{SM}/Media.json`.
pub(super) async fn media(
    State(app): State<App>,
    Path((account, sid)): Path<(String, String)>,
    uri: Uri,
) -> Result<Json<Value>, TwilioError> {
    let list = app.carrier.with_account(&account, |it| it.log.get(&sid).map(Message::media_resources));
    let list = list.flatten().ok_or_else(|| TwilioError::not_found(uri.path()))?;
    Ok(Json(
        json!({"media_list": list, "page": 0, "page_size": 50, "next_page_uri": null, "uri": uri.path()}),
    ))
}

/// `POST …/Messages/{SM}.json`: an empty `Body` redacts; `Status=canceled` is for scheduled messages alone.
pub(super) async fn update(
    State(app): State<App>,
    Path((account, file)): Path<(String, String)>,
    uri: Uri,
    form: Form,
) -> Result<Json<Value>, TwilioError> {
    if form.get("Status").is_some() {
        return Err(TwilioError::bad_request(30409, "Message is not in a cancelable state"));
    }
    if form.get("Body").is_some_and(|body| !body.is_empty()) {
        return Err(TwilioError::bad_request(20009, "Body can only be redacted by an empty value"));
    }
    let now = app.carrier.now();
    let redacted = app.carrier.with_account(&account, |it| {
        it.log.get_mut(named(&file)).map(|message| {
            message.body.clear();
            message.updated = now;
            message.resource()
        })
    });
    redacted.flatten().map(Json).ok_or_else(|| TwilioError::not_found(uri.path()))
}

/// `DELETE …/Messages/{SM}.json`.
pub(super) async fn delete(
    State(app): State<App>,
    Path((account, file)): Path<(String, String)>,
    uri: Uri,
) -> Result<StatusCode, TwilioError> {
    match app.carrier.with_account(&account, |it| it.log.remove(named(&file))) {
        Some(true) => Ok(StatusCode::NO_CONTENT),
        _ => Err(TwilioError::not_found(uri.path())),
    }
}

fn named(file: &str) -> &str {
    file.trim_end_matches(".json")
}

/// `+` and 8 to 15 digits, not beginning with 0.
pub(super) fn is_e164(text: &str) -> bool {
    text.starts_with('+') && text.parse::<lotline_common::PhoneNumber>().is_ok()
}

/// The carrier's words for a delivery error.
pub(super) const fn delivery_error(code: u32) -> &'static str {
    match code {
        30001 => "Queue overflow",
        30002 => "Account suspended",
        30003 => "Unreachable destination handset",
        30004 => "Message blocked",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Carrier violation",
        30008 => "Unknown error",
        30034 => "US A2P 10DLC - Message from an Unregistered Number",
        30036 => "Validity Period Expired",
        _ => "Delivery failed",
    }
}
