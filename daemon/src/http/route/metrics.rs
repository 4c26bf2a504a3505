//! `/metrics`, for whom the settings name and nobody else.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use utoipa::IntoResponses;

use crate::{
    app::App,
    config::Monitoring,
    error::{Error, Result},
    opaque,
};

const CLOSED: Error = Error::Closed {
    code: "metrics_closed",
    title: "Metrics are for the addresses in metrics.allow and for the token in metrics.token.",
};

/// What a proxy in front of the daemon leaves on a request.
const FORWARDED: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

/// The page.
#[derive(Debug, IntoResponses)]
#[response(status = 200, description = "OpenMetrics text.", content_type = "application/openmetrics-text")]
pub struct Page(String);

/// What a Prometheus server collects.
#[utoipa::path(
    get, path = "", security(("metrics" = [])),
    responses((status = 403, description = "Neither the address nor the token is in the settings."))
)]
pub async fn show(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Page> {
    if !may_read(&app.config.monitoring, peer, &headers) {
        return Err(CLOSED);
    }
    app.metrics.page(&app).await.map(Page).map_err(Error::internal)
}

/// An address counts only where no proxy stands between: behind one everybody has the proxy's.
fn may_read(settings: &Monitoring, peer: SocketAddr, headers: &HeaderMap) -> bool {
    let straight = FORWARDED.iter().all(|name| !headers.contains_key(*name));
    if straight && settings.allow.contains(&peer.ip().to_canonical()) {
        return true;
    }
    let given =
        headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    let (Some(given), Some(token)) = (given, &settings.token) else { return false };
    opaque::same(given, token.expose_secret().as_bytes())
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        ([(header::CONTENT_TYPE, kind)], self.0).into_response()
    }
}
