//! Own numbers of an account: `IncomingPhoneNumbers`, where their texts go, and where they live on the map.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Form, account::Carrier, error::TwilioError, message::is_e164, rfc2822, sid};
use crate::{App, clock};

/// An own number to register. Registering it again moves it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// E.164.
    pub phone_number: String,
    pub account_sid: String,
    /// Where its texts are posted; signed exactly as written. Empty = nowhere.
    pub sms_url: String,
}

/// A number as the carrier keeps it.
#[derive(Debug, Clone)]
pub(crate) struct OwnNumber {
    pub(crate) sid: String,
    pub(crate) number: Number,
    friendly_name: String,
    voice_url: String,
    status_callback: String,
    created: Timestamp,
}

impl OwnNumber {
    fn new(number: Number) -> Self {
        let friendly_name = number.phone_number.clone();
        let (voice_url, status_callback) = (String::new(), String::new());
        Self { sid: sid("PN"), number, friendly_name, voice_url, status_callback, created: clock::now() }
    }

    fn resource(&self) -> Value {
        let account = &self.number.account_sid;
        json!({
            "sid": self.sid,
            "account_sid": account,
            "phone_number": self.number.phone_number,
            "friendly_name": self.friendly_name,
            "capabilities": {"voice": true, "sms": true, "mms": true, "fax": false},
            "sms_url": self.number.sms_url,
            "sms_method": "POST",
            "sms_fallback_url": "",
            "sms_fallback_method": "POST",
            "sms_application_sid": "",
            "voice_url": self.voice_url,
            "voice_method": "POST",
            "voice_fallback_url": "",
            "voice_application_sid": "",
            "status_callback": self.status_callback,
            "status_callback_method": "POST",
            "trunk_sid": null,
            "address_requirements": "none",
            "beta": false,
            "origin": "twilio",
            "status": "in-use",
            "type": "local",
            "api_version": "2010-04-01",
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.created),
            "uri": format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{}.json", self.sid),
        })
    }

    fn configure(&mut self, form: &Form) {
        let set = |name: &str, field: &mut String| {
            if let Some(value) = form.get(name) {
                value.clone_into(field);
            }
        };
        set("SmsUrl", &mut self.number.sms_url);
        set("VoiceUrl", &mut self.voice_url);
        set("StatusCallback", &mut self.status_callback);
        set("FriendlyName", &mut self.friendly_name);
    }
}

impl Carrier {
    pub(crate) fn register_number(&self, number: Number) {
        let mut state = self.state.lock();
        match state.numbers.iter_mut().find(|own| own.number.phone_number == number.phone_number) {
            Some(known) => known.number = number,
            None => state.numbers.push(OwnNumber::new(number)),
        }
    }

    pub(crate) fn number(&self, phone_number: &str) -> Option<Number> {
        let state = self.state.lock();
        state.numbers.iter().find(|own| own.number.phone_number == phone_number).map(|own| own.number.clone())
    }
}

/// `GET …/IncomingPhoneNumbers.json`, with the filters `PhoneNumber` and `FriendlyName`.
pub(super) async fn list(
    State(app): State<App>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
) -> Json<Value> {
    let filter = Form::parse(query.as_deref().unwrap_or_default().as_bytes());
    let is_wanted = |own: &OwnNumber| {
        own.number.account_sid == account
            && filter.get("PhoneNumber").is_none_or(|wanted| own.number.phone_number.contains(wanted))
            && filter.get("FriendlyName").is_none_or(|wanted| own.friendly_name == wanted)
    };
    let numbers: Vec<Value> = app
        .carrier
        .state
        .lock()
        .numbers
        .iter()
        .filter(|own| is_wanted(own))
        .map(OwnNumber::resource)
        .collect();
    let first = format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json?PageSize=50&Page=0");
    Json(json!({
        "end": numbers.len().saturating_sub(1),
        "incoming_phone_numbers": numbers,
        "first_page_uri": first,
        "next_page_uri": null,
        "previous_page_uri": null,
        "page": 0,
        "page_size": 50,
        "start": 0,
        "uri": first,
    }))
}

/// `POST …/IncomingPhoneNumbers.json`: buys a number nobody has.
pub(super) async fn buy(
    State(app): State<App>,
    Path(account): Path<String>,
    form: Form,
) -> Result<Response, TwilioError> {
    let Some(wanted) = form.get("PhoneNumber") else {
        return Err(TwilioError::bad_request(21452, "No phone numbers found in area code"));
    };
    if !is_e164(wanted) {
        return Err(TwilioError::bad_request(21421, format!("PhoneNumber is invalid: {wanted}")));
    }
    if app.carrier.number(wanted).is_some() {
        return Err(TwilioError::bad_request(21422, format!("{wanted} is not available")));
    }
    let mut own = OwnNumber::new(Number {
        phone_number: wanted.to_owned(),
        account_sid: account,
        sms_url: String::new(),
    });
    own.configure(&form);
    let resource = own.resource();
    app.carrier.state.lock().numbers.push(own);
    Ok((StatusCode::CREATED, Json(resource)).into_response())
}

/// `GET …/IncomingPhoneNumbers/{PN}.json`.
pub(super) async fn fetch(
    State(app): State<App>,
    Path(path): Path<(String, String)>,
    uri: Uri,
) -> Result<Json<Value>, TwilioError> {
    change(&app, &path, uri.path(), |_| ())
}

/// `POST …/IncomingPhoneNumbers/{PN}.json`: where texts and calls go.
pub(super) async fn update(
    State(app): State<App>,
    Path(path): Path<(String, String)>,
    uri: Uri,
    form: Form,
) -> Result<Json<Value>, TwilioError> {
    if let Some(bad) = form.get("SmsUrl").filter(|text| !text.is_empty() && url::Url::parse(text).is_err()) {
        return Err(TwilioError::bad_request(21502, format!("SmsUrl is not valid: {bad}")));
    }
    change(&app, &path, uri.path(), |own| own.configure(&form))
}

fn change(
    app: &App,
    (account, file): &(String, String),
    path: &str,
    change: impl FnOnce(&mut OwnNumber),
) -> Result<Json<Value>, TwilioError> {
    let sid = file.trim_end_matches(".json");
    let mut state = app.carrier.state.lock();
    let own = state.numbers.iter_mut().find(|own| own.sid == sid && own.number.account_sid == *account);
    let own = own.ok_or_else(|| TwilioError::not_found(path))?;
    change(own);
    Ok(Json(own.resource()))
}

/// City, state and ZIP the carrier reports for a North American number; empty when it does not know.
pub(super) fn place(phone_number: &str) -> (&'static str, &'static str, &'static str) {
    match phone_number.strip_prefix("+1").and_then(|rest| rest.get(..3)) {
        Some("303" | "720") => ("DENVER", "CO", "80202"),
        Some("512" | "737") => ("AUSTIN", "TX", "78701"),
        Some("602" | "480") => ("PHOENIX", "AZ", "85004"),
        Some("305" | "786") => ("MIAMI", "FL", "33130"),
        Some("404" | "470") => ("ATLANTA", "GA", "30303"),
        Some("206") => ("SEATTLE", "WA", "98101"),
        Some("312") => ("CHICAGO", "IL", "60602"),
        Some("213" | "310") => ("LOS ANGELES", "CA", "90012"),
        _ => ("", "", ""),
    }
}
