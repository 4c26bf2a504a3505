//! Is the process alive, and can it serve?

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::{IntoResponses, ToSchema};

use crate::{
    app::App,
    db::{DbError, Scope},
    http::extract::Json,
    limits, store,
};

/// Answer of both checks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<&'static str>,
}

/// Can it serve?
#[derive(Debug, IntoResponses)]
pub enum Readiness {
    #[response(status = 200, description = "It can.")]
    Ready(Health),
    #[response(status = 503, description = "It cannot, for these reasons.")]
    Unready(Health),
}

/// This process answers.
#[utoipa::path(get, path = "", security(()))]
pub async fn alive() -> Json<Health> {
    Json(Health { status: "ok", reasons: Vec::new() })
}

/// This process can serve.
#[utoipa::path(get, path = "", security(()))]
pub async fn ready(State(app): State<Arc<App>>) -> Readiness {
    let mut reasons = Vec::new();
    if app.tasks.stopping().is_cancelled() {
        reasons.push("draining");
    }
    if !in_time(reads(&app)).await {
        reasons.push("the database does not answer");
    }
    if !in_time(app.db.takes_writes()).await {
        reasons.push("the database takes no writes");
    }
    if reasons.is_empty() {
        return Readiness::Ready(Health { status: "ok", reasons });
    }
    Readiness::Unready(Health { status: "unavailable", reasons })
}

impl IntoResponse for Readiness {
    fn into_response(self) -> Response {
        match self {
            Self::Ready(health) => Json(health).into_response(),
            Self::Unready(health) => (StatusCode::SERVICE_UNAVAILABLE, Json(health)).into_response(),
        }
    }
}

async fn in_time(check: impl Future<Output = Result<(), DbError>>) -> bool {
    timeout(limits::READY_TIME, check)
        .await
        .is_ok_and(|outcome| outcome.inspect_err(|error| tracing::warn!(%error, "not ready")).is_ok())
}

async fn reads(app: &App) -> Result<(), DbError> {
    let mut tx = app.db.ask(Scope::System).await?;
    store::job::next_due(&mut tx, app.clock.now()).await.map(drop)
}
