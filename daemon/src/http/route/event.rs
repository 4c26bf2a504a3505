//! `GET /api/v1/events`: the organization's events as they happen.

use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use crate::{
    app::App,
    bus::{Cut, Full, Listening},
    db::Scope,
    domain::permission::Viewer,
    error::{Error, Result},
    http::{
        extract::Query,
        sse::{EventStream, Start},
    },
    store,
};

const LAST_EVENT_ID: &str = "last-event-id";
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Where to resume, for clients that cannot set the header.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    #[serde(default)]
    after: Option<String>,
}

pub async fn stream(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Extension(cut): Extension<Cut>,
    headers: HeaderMap,
    Query(query): Query<Resume>,
) -> Result<Response> {
    let resume = resume(&headers, query.after.as_deref())?;
    let who = Listening { org: viewer.org, user: viewer.user, credential: viewer.credential };
    // First the seat, then the table: what is committed in between is heard at the seat.
    let listener = app.bus.subscribe(who, cut).map_err(full)?;
    let mut tx = app.db.read(Scope::Org(viewer.org)).await?;
    let present = store::event::present(&mut tx, viewer.org).await?;
    drop(tx);
    let start = Start::choose(resume, present);
    let body = EventStream::new(listener, &app.bus, app.db.clone(), start, present);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::new(body)).into_response())
}

/// The header wins: it is what a client that reconnects by itself keeps up to date.
fn resume(headers: &HeaderMap, after: Option<&str>) -> Result<Option<i64>> {
    if let Some(value) = headers.get(LAST_EVENT_ID) {
        let number = value.to_str().ok().and_then(number);
        return number.map(Some).ok_or_else(|| malformed("Last-Event-ID"));
    }
    after.map(|text| number(text).ok_or_else(|| malformed("after"))).transpose()
}

/// Digits only, as we wrote it.
fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn malformed(field: &'static str) -> Error {
    Error::invalid(field, "the number of an event, such as 42")
}

fn full(full: Full) -> Error {
    Error::Unavailable(match full {
        Full::Session => "This session has its five streams open already.",
        Full::Organization => "This organization has as many streams open as it may.",
    })
}
