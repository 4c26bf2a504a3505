//! The socket that `serve` listens on: one that was handed over, or one of its own.

use std::{io, net::SocketAddr};

use listenfd::ListenFd;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::net::TcpListener;

use super::failure::Failure;

/// Whoever handed a socket over (`LISTEN_FDS`) holds it while daemons come and go, so that a restart refuses nobody.
pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let own = |error| Failure::failed(format!("cannot listen on {address}: {error}"));
    match inherited() {
        Ok(Some(listener)) => Ok(listener),
        Ok(None) => TcpListener::bind(address).await.map_err(own),
        Err(error) => Err(Failure::usage(format!("the socket that was handed over is of no use: {error}"))),
    }
}

fn inherited() -> io::Result<Option<TcpListener>> {
    let Some(listener) = ListenFd::from_env().take_tcp_listener(0)? else {
        return Ok(None);
    };
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener).map(Some)
}

/// Each connection takes a descriptor, and shells give out a thousand: takes as many as the system allows.
pub(super) fn take_descriptors() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}
