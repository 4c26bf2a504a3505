//! `GET /api/v1/events`: the organization's events as they happen.

use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use lotline_common::event::Event;
use serde::Deserialize;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{Content, Ref, ResponseBuilder},
};

use crate::{
    app::App,
    bus::{Cut, Full, Listening},
    db::Scope,
    domain::permission::Viewer,
    error::{Error, Result},
    http::{
        answer::{Described, one},
        extract::Query,
        sse::{EventStream, Start},
    },
    store,
};

const LAST_EVENT_ID: &str = "last-event-id";
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Where to resume, for clients that cannot set the header.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    #[serde(default)]
    after: Option<String>,
}

/// The organization's events as they happen. Each has its `seq` as `id:`; a `ping` comes every 10 s, and a `reset` with
/// the present `seq` when the place to resume from is too old.
#[utoipa::path(
    get, path = "", security(("bearer" = ["viewer", "events:read"])),
    params(Resume, ("Last-Event-ID" = Option<i64>, Header, description = "Resume after this event."))
)]
pub async fn stream(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Extension(cut): Extension<Cut>,
    headers: HeaderMap,
    Query(query): Query<Resume>,
) -> Result<Stream> {
    let resume = resume(&headers, query.after.as_deref())?;
    let who = Listening { org: viewer.org, user: viewer.user, credential: viewer.credential };
    // First the seat, then the table: what is committed in between is heard at the seat.
    let listener = app.bus.subscribe(who, cut).map_err(full)?;
    let mut tx = app.db.ask(Scope::Org(viewer.org)).await?;
    let present = store::event::present(&mut tx, viewer.org).await?;
    drop(tx);
    let start = Start::choose(resume, present);
    Ok(Stream(Body::new(EventStream::new(listener, &app.bus, app.db.clone(), start, present))))
}

/// Events without an end.
#[derive(Debug)]
pub struct Stream(Body);

impl IntoResponse for Stream {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
            (ACCEL_BUFFERING, HeaderValue::from_static("no")),
        ];
        (headers, self.0).into_response()
    }
}

impl IntoResponses for Stream {
    fn responses() -> Described {
        let data = Content::new(Some(Ref::from_schema_name(Event::name())));
        let response =
            ResponseBuilder::new().description("`data:` of each event.").content("text/event-stream", data);
        one(StatusCode::OK, response)
    }
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
