//! A request names one host: a proxy and a server that read another one each would not mean the same request.

use axum::{
    extract::Request,
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::error::Error;

/// Refuses a second `Host`, as RFC 9112 (3.2) asks of every server.
pub(super) async fn one(request: Request, next: Next) -> Response {
    if request.headers().get_all(header::HOST).iter().nth(1).is_some() {
        return Error::invalid("Host", "must be given once").into_response();
    }
    next.run(request).await
}
