//! What a request passes before its handler: one layer for all of it, since each layer is paid by every request.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::{again, client_address::ClientAddress, once, whole};
use crate::{app::App, error::Result};

/// A call of the API is counted, arrives whole, is known by its key, and is done again when another undid it.
pub(super) async fn call(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    request: Request,
    next: Next,
) -> Result<Response> {
    app.rates.address(address, request.method(), request.uri().path())?;
    let (mut head, body) = whole::arrived(request).await?;
    once::note(&mut head, &body)?;
    Ok(again::when_contended(&app, head, body, next).await)
}

/// A text is counted by the number that it goes to, in the handler.
pub(super) async fn webhook(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response> {
    let (head, body) = whole::arrived(request).await?;
    Ok(again::when_contended(&app, head, body, next).await)
}
