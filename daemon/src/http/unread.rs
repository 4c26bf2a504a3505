//! What is left of a request's body when its answer is ready.
//!
//! Who is refused early sends the body all the same. Left in the socket it would end the connection, and the answer
//! could be lost with it: closing a socket that holds unread bytes resets it.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use futures::future::poll_fn;
use http_body::{Body as _, Frame, SizeHint};
use hyper::{Request, body::Incoming, header};
use tokio::time::timeout;

use crate::limits;

/// A body of which the connection keeps hold.
pub(super) struct Unread(Option<Arc<Mutex<Incoming>>>);

/// The request for its handler, and what the connection keeps.
pub(super) fn keep(request: Request<Incoming>) -> (Request<Body>, Unread) {
    // Who waits for our `100 Continue` has not sent the body, and does not after another answer.
    let waits = request.headers().contains_key(header::EXPECT);
    let (head, body) = request.into_parts();
    if waits || body.is_end_stream() {
        return (Request::from_parts(head, Body::new(body)), Unread(None));
    }
    let body = Arc::new(Mutex::new(body));
    (Request::from_parts(head, Body::new(Shared(body.clone()))), Unread(Some(body)))
}

impl Unread {
    /// Reads the rest, so that the connection can go on; not for long, and no more than a body may have.
    pub(super) async fn discard(self) {
        let Some(body) = self.0 else { return };
        let mut shared = Shared(body);
        let rest = async {
            let mut left = limits::REQUEST_BODY;
            while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut shared).poll_frame(cx)).await {
                let size = frame.data_ref().map_or(0, Bytes::len);
                let Some(less) = left.checked_sub(size) else { break };
                left = less;
            }
        };
        if timeout(limits::UNREAD_TIME, rest).await.is_err() {
            tracing::debug!("a body that nobody read did not arrive; its connection ends");
        }
    }
}

struct Shared(Arc<Mutex<Incoming>>);

impl Shared {
    fn look<T>(&self, at: impl FnOnce(&mut Incoming) -> T) -> T {
        at(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl http_body::Body for Shared {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.look(|body| Pin::new(body).poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.look(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.look(|body| body.size_hint())
    }
}
