//! A request that met another in the database and was undone is done again, before anybody hears of it.
//!
//! Only the carrier's port has effects outside the database, and only jobs use it; they are repeated by themselves.
//! What a request committed before it was undone is there when it comes again, as it is for a client that comes again.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::request::Parts,
    middleware::Next,
    response::Response,
};

use crate::{app::App, db::EngineKind, error::Contended, limits};

pub(super) async fn when_contended(app: &App, head: Parts, body: Bytes, next: Next) -> Response {
    if app.db.kind() == EngineKind::Sqlite {
        // Its one writer is undone by nobody: a copy would be for nothing.
        return next.run(Request::from_parts(head, Body::from(body))).await;
    }
    let ask = || next.clone().run(Request::from_parts(head.clone(), Body::from(body.clone())));
    let mut answer = ask().await;
    for _ in 0..limits::CONTENDED_TRIES {
        if answer.extensions().get::<Contended>().is_none() {
            break;
        }
        tracing::info!(path = head.uri.path(), "undone by another transaction; once more");
        answer = ask().await;
    }
    answer
}
