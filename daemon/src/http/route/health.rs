//! Is the process alive, and can it serve?

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tokio::time::timeout;

use crate::{
    app::App,
    db::{Db, DbError, Scope},
    http::extract::Json,
    limits, store,
};

/// Answer of both checks.
#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<&'static str>,
}

/// `GET /healthz`: this process answers.
pub async fn alive() -> Response {
    Json(Health { status: "ok", reasons: Vec::new() }).into_response()
}

/// `GET /readyz`: 200, or 503 with the reasons.
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    let mut reasons = Vec::new();
    if app.tasks.stopping().is_cancelled() {
        reasons.push("draining");
    }
    if !in_time(reads(&app.db)).await {
        reasons.push("the database does not answer");
    }
    if !in_time(writes(&app.db)).await {
        reasons.push("the database takes no writes");
    }
    if reasons.is_empty() {
        return alive().await;
    }
    let status = "unavailable";
    (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status, reasons })).into_response()
}

async fn in_time(check: impl Future<Output = Result<(), DbError>>) -> bool {
    timeout(limits::READY_TIME, check)
        .await
        .is_ok_and(|outcome| outcome.inspect_err(|error| tracing::warn!(%error, "not ready")).is_ok())
}

async fn reads(db: &Db) -> Result<(), DbError> {
    let mut tx = db.read(Scope::System).await?;
    store::job::next_due(&mut tx).await.map(drop)
}

/// Goes through the writer's queue and its transaction, and changes nothing.
async fn writes(db: &Db) -> Result<(), DbError> {
    db.write(Scope::System, |_tx| Box::pin(async { Ok(()) })).await
}
