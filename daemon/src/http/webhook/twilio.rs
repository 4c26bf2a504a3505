//! Twilio's webhooks: inbound texts and status callbacks.
//!
//! Number, account and signature must agree; whatever is wrong with one of them, the answer is the same.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Bytes,
    extract::{FromRequest, Path, Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use lotline_common::TurnId;
use utoipa::IntoResponses;

use crate::{
    action::{receive_sms::Inbound, record_delivery},
    app::App,
    db::DbError,
    directory::Desk,
    error::{Error, Result},
    http::{answer::NoContent, envelope::RequestId, extract},
    limits,
    metrics::Webhook,
    port::carrier::{
        CarrierAccount,
        twilio::{
            form::{Form, FormError},
            signature,
        },
    },
    store::ingest::{InboundText, Received},
};

const TWIML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";
const NO_PUBLIC_URL: Error =
    Error::Unavailable("server.public_url is not set, so no signature can be checked.");

/// One body for a wrong signature, another's account and an unknown number: nothing is learned from it.
const FORBIDDEN: Error =
    Error::Closed { code: "forbidden", title: "The signature, the account or the number is not right." };

/// The empty answer: our own messages go out by themselves.
#[derive(Debug, IntoResponses)]
#[response(status = 200, description = "The text is stored.", content_type = "text/xml")]
pub struct Heard;

impl IntoResponse for Heard {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], TWIML).into_response()
    }
}

/// A request of the carrier. Its head is taken, not copied.
pub struct Posted {
    headers: HeaderMap,
    body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Error;

    async fn from_request(mut request: Request, state: &S) -> Result<Self> {
        let headers = std::mem::take(request.headers_mut());
        Ok(Self { headers, body: extract::body(request, state).await? })
    }
}

impl Posted {
    /// The body as it came, but for what no database stores as text.
    fn text(&self) -> String {
        match str::from_utf8(&self.body) {
            Ok(text) if !text.contains('\0') => text.to_owned(),
            _ => String::from_utf8_lossy(&self.body).replace('\0', ""),
        }
    }
}

/// A customer's text, as Twilio tells of it.
#[utoipa::path(
    post, path = "", security(("twilio" = [])),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 403, description = "The signature, the account or the number is not right."))
)]
pub async fn incoming(
    State(app): State<Arc<App>>,
    Extension(RequestId(id)): Extension<RequestId>,
    posted: Posted,
) -> Result<Heard> {
    // The turn has the request's id: by it the text is found in every log line up to the carrier's answer.
    let answer = take(&app, TurnId::from_uuid(id), &posted).await;
    app.counts.webhook(Webhook::Text, &answer);
    answer
}

async fn take(app: &App, id: TurnId, posted: &Posted) -> Result<Heard> {
    let url = app.config.public("/api/webhooks/twilio/sms/incoming").ok_or(NO_PUBLIC_URL)?;
    let form = Form::parse(&posted.body);
    // The number may have moved since the directory was read; then it is read again, once.
    for _ in 0..2 {
        let Some(inbound) = addressed(app, id, &form, &url, posted).await? else {
            if app.directory.doubt(limits::DIRECTORY_DOUBT) {
                continue;
            }
            break;
        };
        if let Some(received) = app.ingest.submit(inbound).await.map_err(overloaded)? {
            let Received { lead, turn, repeated, .. } = received;
            tracing::debug!(trace = %id, %turn, %lead, repeated, "a text came in");
            return Ok(Heard);
        }
        app.directory.doubt(Duration::ZERO);
    }
    Err(FORBIDDEN)
}

/// The text and whose it is, `None` when number, account and signature do not agree.
async fn addressed(
    app: &App,
    id: TurnId,
    form: &Form<'_>,
    url: &str,
    posted: &Posted,
) -> Result<Option<Inbound>> {
    let line = match form.own_number("To") {
        Some(to) => app.directory.line(&to).await?,
        None => None,
    };
    let Some(line) = line.filter(|line| line.number.sms) else {
        return Ok(None);
    };
    let Some(account) = authentic(&line.desk, form, &posted.headers, url) else {
        return Ok(None);
    };
    let sms = form.inbound()?;
    app.rates.text(&sms.to)?;
    let text = InboundText {
        id,
        org: line.desk.org,
        sid: sms.sid,
        from: sms.from,
        to: sms.to,
        body: sms.body,
        media: sms.media,
        raw: posted.text(),
        at: app.clock.now(),
    };
    let carrier_answers = account.answers_keywords;
    Ok(Some(Inbound { text, sent_at: None, organization: line.desk.name.as_str().into(), carrier_answers }))
}

/// Where a message of ours is, as Twilio tells of it. The token binds the message.
#[utoipa::path(
    post, path = "", security(("twilio" = [])),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 403, description = "The token, the signature or the account is not right."))
)]
pub async fn status(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    posted: Posted,
) -> Result<NoContent> {
    let answer = note(&app, &token, &posted).await;
    app.counts.webhook(Webhook::Status, &answer);
    answer
}

async fn note(app: &App, token: &str, posted: &Posted) -> Result<NoContent> {
    let Some(bound) = app.callbacks.read(token) else {
        return Err(FORBIDDEN);
    };
    let path = format!("/api/webhooks/twilio/sms/status/{token}");
    let url = app.config.public(&path).ok_or(NO_PUBLIC_URL)?;
    let form = Form::parse(&posted.body);
    let desk = app.directory.organization(bound.org).await?;
    let Some(desk) = desk.filter(|desk| authentic(desk, &form, &posted.headers, &url).is_some()) else {
        return Err(FORBIDDEN);
    };
    let report = form.status()?;
    tracing::debug!(organization = %desk.organization, turn = %bound.turn, status = report.status, "status callback");
    match record_delivery::run(app, bound, report, posted.text()).await {
        Ok(()) => Ok(NoContent),
        // The message is gone, erased perhaps: the carrier need not come back.
        Err(Error::NotFound) => Err(FORBIDDEN),
        Err(Error::StorageFull) => Err(Error::Unavailable("Storage is full.")),
        Err(error) => Err(error),
    }
}

/// The account that signed it, if it is this organization's own.
fn authentic<'d>(
    desk: &'d Desk,
    form: &Form<'_>,
    headers: &HeaderMap,
    url: &str,
) -> Option<&'d CarrierAccount> {
    let account = desk.carrier.as_ref()?;
    let mut given = headers.get_all("x-twilio-signature").iter();
    let signature = given.next()?.to_str().ok()?;
    let tokens = std::iter::once(&account.auth_token).chain(account.auth_token_secondary.as_ref());
    let genuine = given.next().is_none()
        && form.account_sid() == Some(account.account_sid.as_str())
        && signature::verify(tokens, url, form.pairs(), signature);
    genuine.then_some(account)
}

/// A full queue or disk is told early, and never as the carrier's fault.
fn overloaded(error: DbError) -> Error {
    match error {
        DbError::Full => Error::Unavailable("Storage is full."),
        other => other.into(),
    }
}

impl From<FormError> for Error {
    fn from(error: FormError) -> Self {
        Self::invalid(error.field, error.problem)
    }
}
