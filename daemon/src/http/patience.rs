//! A request body must arrive whole within a time: a trickle of bytes holds nothing for long.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::limits;

/// Puts the time limit around a request's body.
pub(super) fn limit(request: Request) -> Request {
    request.map(|body| if body.is_end_stream() { body } else { Body::new(Patient { body, deadline: None }) })
}

struct Patient {
    body: Body,
    /// Set when the body is waited for the first time; most are here with the head.
    deadline: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the body did not arrive in time")]
    Late,
    #[error(transparent)]
    Body(#[from] axum::Error),
}

impl http_body::Body for Patient {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Broken::Body)));
        }
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(limits::BODY_TIME)));
        deadline.as_mut().poll(cx).map(|()| Some(Err(Broken::Late)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
