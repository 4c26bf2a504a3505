//! A request that met another in the database and was undone is done again, before anybody hears of it.
//!
//! Only the carrier's port has effects outside the database, and only jobs use it; they are repeated by themselves.
//! What a request committed before it was undone is there when it comes again, as it is for a client that comes again.

use axum::{body::Body, extract::Request, middleware::Next, response::Response};

use super::extract;
use crate::{
    error::{Contended, Result},
    limits,
};

pub(super) async fn when_contended(request: Request, next: Next) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let body = extract::body(Request::from_parts(parts.clone(), body), &()).await?;
    let ask = || next.clone().run(Request::from_parts(parts.clone(), Body::from(body.clone())));
    let mut answer = ask().await;
    for _ in 0..limits::CONTENDED_TRIES {
        if answer.extensions().get::<Contended>().is_none() {
            break;
        }
        tracing::info!(path = parts.uri.path(), "undone by another transaction; once more");
        answer = ask().await;
    }
    Ok(answer)
}
