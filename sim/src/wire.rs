//! Sockets that can be made to fail: the only part that touches bytes below HTTP.
//!
//! A handler holds the [`Wire`] of its connection and may order it cut. The bytes it then answers are written up to
//! the cut and the connection ends, as a network does it, without HTTP knowing.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// Orders for one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<Orders>);

#[derive(Debug)]
struct Orders {
    /// Bytes that may still be written; `usize::MAX` = no limit.
    left: AtomicUsize,
    /// End with RST instead of FIN.
    reset: AtomicBool,
}

impl Default for Orders {
    fn default() -> Self {
        Self { left: AtomicUsize::new(usize::MAX), reset: AtomicBool::new(false) }
    }
}

impl Wire {
    /// The peer sees a reset before any byte of the answer.
    pub(crate) fn reset(&self) {
        self.0.reset.store(true, Ordering::Release);
        self.0.left.store(0, Ordering::Release);
    }

    /// The peer gets `bytes` bytes of the answer, then the end of the stream.
    pub(crate) fn cut_after(&self, bytes: usize) {
        self.0.left.store(bytes, Ordering::Release);
    }

    /// How much of `wanted` may be written now.
    fn grant(&self, wanted: usize) -> usize {
        self.0.left.load(Ordering::Acquire).min(wanted)
    }

    fn spend(&self, written: usize) {
        let left = self.0.left.load(Ordering::Acquire);
        if left != usize::MAX {
            self.0.left.store(left.saturating_sub(written), Ordering::Release);
        }
    }
}

/// A TCP stream that obeys its [`Wire`].
#[derive(Debug)]
pub(crate) struct Cuttable {
    stream: TcpStream,
    wire: Wire,
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let granted = self.wire.grant(buf.len());
        if granted == 0 && !buf.is_empty() {
            if self.wire.0.reset.load(Ordering::Acquire) {
                // Without this the kernel would end the stream politely.
                self.stream.set_zero_linger()?;
            }
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, &buf[..granted]))?;
        self.wire.spend(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Accepts connections and hands each its [`Wire`].
#[derive(Debug)]
pub(crate) struct Listening(pub(crate) TcpListener);

impl Listener for Listening {
    type Io = Cuttable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        (Cuttable { stream, wire: Wire::default() }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Listening>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Listening>) -> Self {
        stream.io().wire.clone()
    }
}
