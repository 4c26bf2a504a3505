//! One HTTP/1.1 connection, from its first byte to its last.
//!
//! The head of a request has a short time from its first byte; between requests a connection may rest much longer, so
//! that a proxy's kept connections are not closed under its hands.

use std::{
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{Router, body::Body, extract::ConnectInfo};
use futures::{FutureExt, future::poll_fn};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};
use tokio_util::sync::CancellationToken;
use tower::Service;

use crate::{bus::Cut, limits};

/// Tells every connection to finish. Looked at on each poll, so it is one flag; the token only wakes them once.
#[derive(Clone, Default)]
pub(super) struct Halt {
    flag: Arc<AtomicBool>,
    woken: CancellationToken,
}

impl Halt {
    /// What comes to nothing when the process stops: a handshake.
    pub(super) async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.woken.run_until_cancelled(work).await
    }

    pub(super) fn now(&self) {
        self.flag.store(true, Ordering::Release);
        self.woken.cancel();
    }
}

/// Serves until the peer leaves, a handler's [`Cut`] is cut or, after `halt`, the request under way is answered or has had its time.
///
/// A request carries the peer's address ([`ConnectInfo`]) and the [`Cut`] of its connection as extensions.
pub(super) async fn serve<S>(socket: S, address: SocketAddr, router: Router, halt: Halt)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let cut = Cut::default();
    let head = Arc::new(AtomicBool::new(false));
    let io = TokioIo::new(Watched { socket, head: head.clone() });
    let service = service_fn({
        let (head, cut) = (head.clone(), cut.clone());
        move |mut request: hyper::Request<Incoming>| {
            head.store(false, Ordering::Relaxed);
            request.extensions_mut().insert(ConnectInfo(address));
            request.extensions_mut().insert(cut.clone());
            router.clone().call(request.map(Body::new))
        }
    });
    let mut connection = pin!(builder().serve_connection(io, service).with_upgrades());
    let mut woken = pin!(halt.woken.cancelled().fuse());
    let (mut begun, mut halting) = (false, false);
    let mut deadline: Option<Pin<Box<Sleep>>> = None;
    poll_fn(|cx| {
        if cut.is_cut() {
            return Poll::Ready(());
        }
        // Registered once: the task's waker stays the same, and the shared list is locked no further.
        if !std::mem::replace(&mut begun, true) {
            let _already = woken.poll_unpin(cx);
        }
        if !halting && halt.flag.load(Ordering::Acquire) {
            halting = true;
            connection.as_mut().graceful_shutdown();
            deadline = Some(Box::pin(sleep(limits::DRAIN)));
        }
        if let Poll::Ready(outcome) = connection.as_mut().poll(cx) {
            if let Err(error) = outcome {
                tracing::debug!(%error, "a connection broke");
            }
            return Poll::Ready(());
        }
        if !halting && !head.load(Ordering::Relaxed) {
            deadline = None;
            return Poll::Pending;
        }
        let deadline = deadline.get_or_insert_with(|| Box::pin(sleep(limits::HEAD_TIME)));
        deadline.as_mut().poll(cx)
    })
    .await;
}

/// Vectored writes are slower here than one flat buffer, and the buffer is small because a slow reader fills it.
fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits::IDLE_TIME)
        .max_header_size(limits::HEAD_BYTES)
        .max_buf_size(limits::CONNECTION_BUFFER)
        .writev(false);
    builder
}

/// A socket that notes when bytes came in: the head of a request, until the service is called with it.
struct Watched<S> {
    socket: S,
    head: Arc<AtomicBool>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.socket).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.head.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
