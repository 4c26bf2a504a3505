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
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, header},
    response::Response,
};
use futures::future::poll_fn;
use hyper::{
    body::Incoming,
    rt::{Read, Write},
    server::conn::http1::{self, UpgradeableConnection},
    service::{HttpService, service_fn},
};
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

/// Serves until the peer leaves, a handler's [`Cut`] is cut or, after `halt`, the request under way is answered or has
/// had its time.
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
    let connection = pin!(builder().serve_connection(io, service).with_upgrades());
    let mut woken = pin!(halt.woken.cancelled());
    // Registered once: the task's waker stays the same, and the shared list is locked no further.
    let _already = futures::poll!(woken.as_mut());
    let mut serving =
        Serving { connection, cut: &cut, halt: &halt, progress: &progress, ending: Ending::No(None) };
    poll_fn(|cx| serving.poll(cx)).await;
}

/// A connection at work, and how it will end.
struct Serving<'s, I, V: HttpService<Incoming>> {
    connection: Pin<&'s mut UpgradeableConnection<I, V>>,
    cut: &'s Cut,
    halt: &'s Halt,
    progress: &'s Progress,
    ending: Ending,
}

impl<I, V> Serving<'_, I, V>
where
    I: Read + Write + Send + Unpin + 'static,
    V: HttpService<Incoming, ResBody = Body>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.cut.is_cut() {
            return Poll::Ready(());
        }
        loop {
            if let Poll::Ready(outcome) = self.connection.as_mut().poll(cx) {
                if let Err(error) = outcome {
                    tracing::debug!(%error, "a connection broke");
                }
                return Poll::Ready(());
            }
            let Some(next) = self.ending.next(self.halt, self.progress) else { break };
            self.ending = next;
            if matches!(self.ending, Ending::Graceful(_)) {
                self.connection.as_mut().graceful_shutdown();
            }
        }
        self.ending.poll(self.progress, cx)
    }
}

type Deadline = Pin<Box<Sleep>>;

fn after(time: Duration) -> Deadline {
    Box::pin(sleep(time))
}

/// Whether a connection is to end, how, and by when.
enum Ending {
    /// Not unless a head that has begun is late.
    No(Option<Deadline>),
    /// It was taken just now; its request may be on the way.
    Silent(Deadline),
    /// With the answer that it owes.
    Graceful(Deadline),
}

impl Ending {
    /// What it has become, if it is not what it was.
    fn next(&self, halt: &Halt, progress: &Progress) -> Option<Self> {
        if !halt.is_now() {
            return None;
        }
        match (self, progress.spoken.load(Ordering::Relaxed)) {
            (Self::No(_), false) => Some(Self::Silent(after(limits::FIRST_WORD))),
            (Self::No(_) | Self::Silent(_), true) => Some(Self::Graceful(after(limits::DRAIN))),
            (Self::Silent(_), false) | (Self::Graceful(_), _) => None,
        }
    }

    /// Ready when its time is over.
    fn poll(&mut self, progress: &Progress, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::No(late) if !progress.head.load(Ordering::Relaxed) => {
                *late = None;
                Poll::Pending
            }
            Self::No(late) => late.get_or_insert_with(|| after(limits::HEAD_TIME)).as_mut().poll(cx),
            Self::Silent(deadline) | Self::Graceful(deadline) => deadline.as_mut().poll(cx),
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
