//! A fake Twilio: the part of API version 2010-04-01 a phone desk needs, its webhooks, and its failures.
//!
//! Every answer, code and field is the vendor's. It takes no side: what it sees goes into the ledger.

mod account;
mod callback;
mod draft;
mod error;
mod inbound;
mod keyword;
mod message;
mod number;
mod page;
mod send;
mod signature;
mod twiml;
mod webhook;

use std::{convert::Infallible, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, FromRequest, Path, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

pub use account::Account;
pub(crate) use account::Carrier;
use error::TwilioError;
pub(crate) use inbound::text;
pub use inbound::{Acknowledgement, Media, Signed, Text};
pub use number::Number;
pub use signature::sign;

use crate::{
    App,
    fault::{FaultKind, FaultPoint},
    wire::Wire,
};

/// Where pictures lie.
const STORAGE: &str = "/media-storage";

/// The carrier's routes.
pub(crate) fn routes(app: &App) -> Router<App> {
    let account = "/2010-04-01/Accounts/{account}";
    Router::new()
        .route(account, get(fetch_account))
        .route(&format!("{account}/Messages.json"), get(page::list).post(send::create))
        .route(
            &format!("{account}/Messages/{{message}}"),
            get(message::fetch).post(message::update).delete(message::delete),
        )
        .route(&format!("{account}/Messages/{{message}}/Media.json"), get(message::media))
        .route(&format!("{account}/Messages/{{message}}/Media/{{media}}"), get(fetch_media))
        .route(&format!("{account}/IncomingPhoneNumbers.json"), get(number::list).post(number::buy))
        .route(&format!("{account}/IncomingPhoneNumbers/{{number}}"), get(number::fetch).post(number::update))
        .route_layer(middleware::from_fn_with_state(app.clone(), gate))
        .route_layer(middleware::map_response_with_state(app.clone(), date))
        .route(&format!("{STORAGE}/{{media}}"), get(stored_media))
}

/// The fault a handler should note in the ledger.
#[derive(Debug, Clone)]
struct Struck(FaultKind);

/// Every answer says what the carrier's clock shows.
async fn date(State(app): State<App>, mut response: Response) -> Response {
    let now = app.carrier.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(now) = HeaderValue::from_str(&now) {
        response.headers_mut().insert(header::DATE, now);
    }
    response
}

/// Credentials and faults, before and after the handler.
async fn gate(
    State(app): State<App>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    mut request: Request,
    next: Next,
) -> Response {
    let account = account_of(request.uri().path()).to_owned();
    if !app.carrier.admits(&account, request.headers()) {
        return TwilioError::unauthorized().into_response();
    }
    match app.faults.strike(point_of(&request), &account) {
        None => next.run(request).await,
        Some(FaultKind::Refuse) => {
            wire.reset();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Some(FaultKind::Slow { ms }) => {
            app.tasks.pause(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        Some(FaultKind::Unauthorized) => TwilioError::unauthorized().into_response(),
        Some(FaultKind::TooManyRequests { retry_after }) => {
            TwilioError::too_many_requests(retry_after).into_response()
        }
        Some(FaultKind::Code { status, code }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            TwilioError::new(status, code, "Simulated fault").into_response()
        }
        Some(kind) => {
            request.extensions_mut().insert(Struck(kind.clone()));
            spoil(&app, &wire, &kind, next.run(request).await).await
        }
    }
}

/// Spoils the answer to a request that was obeyed.
async fn spoil(app: &App, wire: &Wire, kind: &FaultKind, response: Response) -> Response {
    if !response.status().is_success() {
        return response;
    }
    match kind {
        FaultKind::AcceptThen500 => {
            TwilioError::new(StatusCode::INTERNAL_SERVER_ERROR, 20500, "Internal Server Error")
                .into_response()
        }
        FaultKind::AcceptThenDrop => {
            wire.reset();
            response
        }
        FaultKind::AcceptThenHang => {
            app.tasks.shutdown().cancelled().await;
            wire.reset();
            response
        }
        FaultKind::CutAfterNBytes { bytes } => {
            wire.cut_after(*bytes);
            response
        }
        _ => response,
    }
}

fn account_of(path: &str) -> &str {
    path.split('/').nth(3).unwrap_or_default().trim_end_matches(".json")
}

fn point_of(request: &Request) -> FaultPoint {
    let path = request.uri().path();
    match path.split('/').nth(4) {
        Some("Messages") if path.ends_with("/Media.json") => FaultPoint::ListMedia,
        Some("Messages.json") if request.method() == Method::POST => FaultPoint::CreateMessage,
        Some("Messages" | "Messages.json") => FaultPoint::ReadMessages,
        _ => FaultPoint::Numbers,
    }
}

/// `GET …/Accounts/{AC}.json`.
async fn fetch_account(Path(file): Path<String>) -> Json<Value> {
    let sid = file.trim_end_matches(".json");
    Json(json!({
        "sid": sid,
        "owner_account_sid": sid,
        "friendly_name": "Simulated account",
        "status": "active",
        "type": "Full",
        "uri": format!("/2010-04-01/Accounts/{sid}.json"),
    }))
}

/// `GET …/Messages/{MM}/Media/{ME}`: points to the vendor's storage, which asks for no credentials.
async fn fetch_media(
    State(app): State<App>,
    Path((_, _, media)): Path<(String, String, String)>,
) -> Redirect {
    Redirect::temporary(&format!("{}{STORAGE}/{media}", app.base_url))
}

/// A picture of one pixel.
async fn stored_media() -> Response {
    const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
    let mut response = Body::from(PIXEL).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/gif"));
    response
}

/// The answer to a path that is nobody's.
pub(crate) fn nowhere(path: &str) -> Response {
    TwilioError::not_found(path).into_response()
}

/// A form as the vendor reads it: pairs in order, names may repeat.
#[derive(Debug, Clone, Default)]
struct Form(Vec<(String, String)>);

impl Form {
    fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The first value of `name`.
    fn get(&self, name: &str) -> Option<&str> {
        self.pairs().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs().filter(move |(other, _)| *other == name).map(|(_, value)| value)
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Infallible> {
        let body = Bytes::from_request(request, state).await.unwrap_or_default();
        Ok(Self::parse(&body))
    }
}

/// A fresh id: two letters and 32 hex digits, never the same again, not even in another run.
fn sid(prefix: &str) -> String {
    format!("{prefix}{:032x}", fastrand::u128(..))
}

/// Dates as this API prints them: `Thu, 24 Aug 2023 05:01:45 +0000`.
fn rfc2822(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}
