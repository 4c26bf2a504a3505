//! A request's body arrives whole before anything is done with it: at most so long, and within a time, so that a trickle
//! of bytes holds nothing for long.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::request::Parts,
};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use crate::{
    error::{Error, Result},
    limits,
};

/// The head of a request, and its body when all of it is here.
pub(super) async fn arrived(request: Request) -> Result<(Parts, Bytes)> {
    let (parts, body) = request.into_parts();
    let body = if body.is_end_stream() { Bytes::new() } else { read(body).await? };
    Ok((parts, body))
}

async fn read(body: Body) -> Result<Bytes> {
    let read = Limited::new(body, limits::REQUEST_BODY).collect();
    match timeout(limits::BODY_TIME, read).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Error::TooLarge),
        Ok(Err(_)) | Err(_) => Err(Error::invalid("body", "the body did not arrive whole")),
    }
}
