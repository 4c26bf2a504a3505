//! `POST …/Messages.json`: the carrier takes a text or refuses it, and says so in the ledger.

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    Form, Struck, callback,
    draft::Draft,
    error::TwilioError,
    message::{Message, is_e164},
    sid,
};
use crate::{
    App, clock,
    fault::FaultKind,
    ledger::{Outbound, Refused},
};

pub(super) async fn create(
    State(app): State<App>,
    Path(account): Path<String>,
    struck: Option<Extension<Struck>>,
    form: Form,
) -> Result<Response, TwilioError> {
    let draft = Draft::from_form(&form);
    let fault = struck.map(|Extension(Struck(kind))| kind);
    match draft.check().and_then(|()| check_sender(&app, &account, &draft)) {
        Ok(()) => {}
        Err(error) => {
            note_refusal(&app, &account, &draft, error.code);
            return Err(error);
        }
    }
    let (message, callbacks) = accept(&app, &account, draft, "outbound-api", fault.as_ref());
    if callbacks.before_answer {
        callbacks.run().await;
    } else {
        app.tasks.spawn(callbacks.run());
    }
    Ok((StatusCode::CREATED, Json(message.resource())).into_response())
}

/// Notes a text the carrier would not take.
pub(super) fn note_refusal(app: &App, account: &str, draft: &Draft, code: u32) {
    app.book.refused(Refused {
        account_sid: account.to_owned(),
        from: draft.from.clone(),
        to: draft.to.clone(),
        body: draft.body.clone(),
        at_us: clock::now_us(),
        code,
    });
}

/// Checks against what the carrier knows: whose number it is, and whether the customer said STOP.
pub(super) fn check_sender(app: &App, account: &str, draft: &Draft) -> Result<(), TwilioError> {
    if !is_e164(&draft.from) {
        let message = format!(
            "The 'From' number {} is not a valid phone number, shortcode, or alphanumeric sender ID.",
            draft.from
        );
        return Err(TwilioError::bad_request(21212, message));
    }
    if app.carrier.number(&draft.from).is_none_or(|number| number.account_sid != account) {
        let message = format!(
            "The 'From' phone number provided ({}) is not a valid message-capable Twilio phone number for this destination/account",
            draft.from
        );
        return Err(TwilioError::bad_request(21606, message));
    }
    if app.carrier.with_account(account, |it| it.blocks(&draft.from, &draft.to)).unwrap_or(false) {
        return Err(TwilioError::bad_request(21610, "Attempt to send to unsubscribed recipient"));
    }
    Ok(())
}

/// Takes a text: log, ledger, and the life it will have.
pub(super) fn accept(
    app: &App,
    account: &str,
    draft: Draft,
    direction: &'static str,
    fault: Option<&FaultKind>,
) -> (Message, callback::Life) {
    let created = app.carrier.now();
    let message = Message {
        sid: sid(if draft.media > 0 { "MM" } else { "SM" }),
        account_sid: account.to_owned(),
        from: draft.from,
        to: draft.to,
        body: draft.body,
        direction,
        status: "queued",
        error_code: None,
        media: vec!["application/octet-stream".to_owned(); draft.media],
        created,
        sent: None,
        updated: created,
    };
    app.carrier.with_account(account, |it| it.log.add(message.clone()));
    app.book.accepted(Outbound {
        sid: message.sid.clone(),
        account_sid: account.to_owned(),
        from: message.from.clone(),
        to: message.to.clone(),
        body: message.body.clone(),
        direction: direction.to_owned(),
        created_at_us: clock::now_us(),
        status_callback: draft.status_callback.clone(),
        status: message.status.to_owned(),
        error_code: None,
        callbacks: Vec::new(),
        fault: fault
            .and_then(|kind| serde_json::to_value(kind).ok()?.get("kind")?.as_str().map(str::to_owned)),
    });
    let life = callback::Life::new(app, &message, draft.status_callback);
    (message, life)
}
