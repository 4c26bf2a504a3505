//! One HTTP/1.1 connection, from its first byte to its last.
//!
//! The head of a request has a short time from its first byte; between requests a connection may rest much longer, so
//! that a proxy's kept connections are not closed under its hands.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    extract::ConnectInfo,
    http::{HeaderValue, header},
    response::Response,
};
use futures::{FutureExt, future::poll_fn};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::unread;
use crate::{bus::Cut, limits};

/// Tells every connection to finish. Looked at on each poll, so it is one flag; the token only wakes them once.
#[derive(Clone, Default)]
pub(super) struct Halt {
    closing: Arc<AtomicBool>,
    flag: Arc<AtomicBool>,
    woken: CancellationToken,
}

impl Halt {
    /// What comes to nothing when the process stops: a handshake.
    pub(super) async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.woken.run_until_cancelled(work).await
    }

    /// From now on every answer is the last of its connection.
    pub(super) fn soon(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub(super) fn now(&self) {
        self.soon();
        self.flag.store(true, Ordering::Release);
        self.woken.cancel();
    }

    fn is_soon(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    fn is_now(&self) -> bool {
        self.flag.load(Ordering::Acquire)
    }
}

/// How far a connection is with what it says.
#[derive(Default)]
struct Progress {
    spoken: AtomicBool,
    /// A request is with its handler: what comes in belongs to it.
    asked: AtomicBool,
    /// Bytes of a head came in that is not whole yet.
    head: AtomicBool,
}

impl Progress {
    fn heard(&self) {
        self.spoken.store(true, Ordering::Relaxed);
        if !self.asked.load(Ordering::Relaxed) {
            self.head.store(true, Ordering::Relaxed);
        }
    }

    fn begin(&self) {
        self.asked.store(true, Ordering::Relaxed);
        self.head.store(false, Ordering::Relaxed);
    }

    fn end(&self) {
        self.asked.store(false, Ordering::Relaxed);
    }
}

/// Serves until the peer leaves, a handler's [`Cut`] is cut or, after `halt`, the request under way is answered or has had its time.
///
/// A request carries the peer's address ([`ConnectInfo`]) and the [`Cut`] of its connection as extensions.
pub(super) async fn serve<S>(socket: S, address: SocketAddr, router: Router, halt: Halt)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (cut, progress) = (Cut::default(), Arc::new(Progress::default()));
    let io = TokioIo::new(Watched { socket, progress: progress.clone() });
    let service = service_fn({
        let (progress, cut, halt) = (progress.clone(), cut.clone(), halt.clone());
        move |mut request: hyper::Request<Incoming>| {
            progress.begin();
            request.extensions_mut().insert(ConnectInfo(address));
            request.extensions_mut().insert(cut.clone());
            answer(router.clone(), request, progress.clone(), halt.clone())
        }
    });
    let mut connection = pin!(builder().serve_connection(io, service).with_upgrades());
    let mut woken = pin!(halt.woken.cancelled().fuse());
    let (mut begun, mut ending) = (false, Ending::No);
    let mut deadline: Option<Pin<Box<Sleep>>> = None;
    poll_fn(|cx| {
        if cut.is_cut() {
            return Poll::Ready(());
        }
        // Registered once: the task's waker stays the same, and the shared list is locked no further.
        if !std::mem::replace(&mut begun, true) {
            let _already = woken.poll_unpin(cx);
        }
        loop {
            if let Poll::Ready(outcome) = connection.as_mut().poll(cx) {
                if let Err(error) = outcome {
                    tracing::debug!(%error, "a connection broke");
                }
                return Poll::Ready(());
            }
            let next = Ending::of(&halt, &progress);
            if next == ending {
                break;
            }
            ending = next;
            deadline = ending.time().map(|time| Box::pin(sleep(time)));
            if ending == Ending::Graceful {
                connection.as_mut().graceful_shutdown();
            }
        }
        if ending == Ending::No && !progress.head.load(Ordering::Relaxed) {
            deadline = None;
            return Poll::Pending;
        }
        let deadline = deadline.get_or_insert_with(|| Box::pin(sleep(limits::HEAD_TIME)));
        deadline.as_mut().poll(cx)
    })
    .await;
}

/// Whether a connection is to end, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    No,
    /// It was taken just now; its request may be on the way.
    Silent,
    /// With the answer that it owes.
    Graceful,
}

impl Ending {
    fn of(halt: &Halt, progress: &Progress) -> Self {
        match (halt.is_now(), progress.spoken.load(Ordering::Relaxed)) {
            (false, _) => Self::No,
            (true, false) => Self::Silent,
            (true, true) => Self::Graceful,
        }
    }

    const fn time(self) -> Option<Duration> {
        match self {
            Self::No => None,
            Self::Silent => Some(limits::FIRST_WORD),
            Self::Graceful => Some(limits::DRAIN),
        }
    }
}

async fn answer(
    mut router: Router,
    request: hyper::Request<Incoming>,
    progress: Arc<Progress>,
    halt: Halt,
) -> Result<Response, Infallible> {
    let (request, unread) = unread::keep(request);
    let mut answer = router.call(request).await?;
    unread.discard().await;
    progress.end();
    if halt.is_soon() {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(answer)
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

/// A socket that notes when bytes came in.
struct Watched<S> {
    socket: S,
    progress: Arc<Progress>,
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
            self.progress.heard();
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
