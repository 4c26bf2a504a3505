//! Accepting connections, and ending them when the process stops.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use super::{
    connection::{self, Halt},
    tls::Tls,
};
use crate::{limits, tasks::Tasks};

/// How many connections at a time, and how they end.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub connections: usize,
    /// Requests are still taken for so long after the stop.
    pub linger: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { connections: limits::CONNECTIONS, linger: Duration::ZERO }
    }
}

/// Serves `router` until the tasks are told to stop. Then it lingers, each connection for one more
/// answer, takes those that have come meanwhile, and tells all to finish.
///
/// The connections are among the tasks, so whoever drains these waits for requests and jobs alike, once. Streams end by
/// themselves, because their bus hears of the stop too.
pub async fn serve(listener: TcpListener, router: Router, tls: Option<Tls>, bounds: Bounds, tasks: &Tasks) {
    let room = Arc::new(Semaphore::new(bounds.connections.min(Semaphore::MAX_PERMITS)));
    let halt = Halt::default();
    let serve = |permit, socket: TcpStream| {
        let Ok(address) = socket.peer_addr() else { return };
        let (router, tls, halt) = (router.clone(), tls.clone(), halt.clone());
        tasks.spawn(async move {
            match tls {
                None => connection::serve(socket, address, router, halt).await,
                // Boxed: a plain connection would keep room for a handshake.
                Some(tls) => Box::pin(encrypted(&tls, socket, address, router, halt)).await,
            }
            drop(permit);
        });
    };
    let accepting = async {
        loop {
            let (permit, socket) = accept(&listener, &room).await;
            serve(permit, socket);
        }
    };
    let lingering = async {
        tasks.stopping().cancelled().await;
        halt.soon();
        // A sleep of no time would let the next one in.
        if !bounds.linger.is_zero() {
            sleep(bounds.linger).await;
        }
    };
    tokio::select! {
        // The stop is heard first, so that nobody who comes after it is promised another answer.
        biased;
        () = lingering => {}
        () = accepting => {}
    }
    for socket in waiting(listener) {
        if let Ok(permit) = room.clone().try_acquire_owned() {
            serve(Some(permit), socket);
        }
    }
    halt.now();
}

/// A connection that is encrypted before anything is said.
async fn encrypted(tls: &Tls, socket: TcpStream, address: SocketAddr, router: Router, halt: Halt) {
    match halt.or(timeout(limits::HANDSHAKE_TIME, tls.accept(socket))).await {
        Some(Ok(Ok(Some(socket)))) => connection::serve(socket, address, router, halt).await,
        Some(Ok(Err(error))) => tracing::debug!(%error, "a handshake failed"),
        Some(Ok(Ok(None)) | Err(_)) | None => {}
    }
}

/// The next connection, as soon as there is room for it. Out of descriptors, it waits and tries again.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (Option<OwnedSemaphorePermit>, TcpStream) {
    // Never closed, so a permit always comes.
    let permit = room.clone().acquire_owned().await.ok();
    let mut failing = false;
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                if failing {
                    tracing::info!("connections are accepted again");
                }
                // Without this an event waits for the acknowledgement of the one before.
                if let Err(error) = socket.set_nodelay(true) {
                    tracing::debug!(%error, "a connection without TCP_NODELAY");
                }
                return (permit, socket);
            }
            Err(error) if is_the_peers(&error) => {}
            Err(error) => {
                if !failing {
                    tracing::warn!(%error, "cannot accept connections; trying again");
                }
                failing = true;
                sleep(limits::ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Closes the listener; who has come and was not let in yet. The system would reset them, and a proxy thinks that they
/// have been heard.
fn waiting(listener: TcpListener) -> Vec<TcpStream> {
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let come = std::iter::from_fn(|| listener.accept().ok());
    let sockets = come.filter_map(|(socket, _)| {
        socket.set_nonblocking(true).ok()?;
        socket.set_nodelay(true).ok()?;
        TcpStream::from_std(socket).ok()
    });
    sockets.collect()
}

/// The peer went away between its handshake and our accept.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
