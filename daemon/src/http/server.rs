//! Accepting connections, and ending them when the process stops.

use std::{io, net::SocketAddr, sync::Arc};

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

/// Serves `router` on `connections` at a time until the tasks are told to stop, then lets requests finish for [`limits::DRAIN`].
///
/// Requests under way are ended after that; streams end by themselves, because their bus hears of the stop too.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    connections: usize,
    tasks: &Tasks,
) {
    let connections = connections.min(Semaphore::MAX_PERMITS);
    let room = Arc::new(Semaphore::new(connections));
    let halt = Halt::default();
    let accepting = async {
        loop {
            let (permit, socket) = accept(&listener, &room).await;
            let Ok(address) = socket.peer_addr() else { continue };
            let (router, tls, halt) = (router.clone(), tls.clone(), halt.clone());
            tasks.spawn(async move {
                match tls {
                    None => connection::serve(socket, address, router, halt).await,
                    Some(tls) => encrypted(&tls, socket, address, router, halt).await,
                }
                drop(permit);
            });
        }
    };
    let stop = tasks.stopping().clone();
    stop.run_until_cancelled(accepting).await;
    drop(listener);
    halt.now();
    let everybody = u32::try_from(connections).unwrap_or(u32::MAX);
    drop(room.acquire_many(everybody).await);
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
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                // Without this an event waits for the acknowledgement of the one before.
                if let Err(error) = socket.set_nodelay(true) {
                    tracing::debug!(%error, "a connection without TCP_NODELAY");
                }
                return (permit, socket);
            }
            Err(error) if is_the_peers(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections; trying again");
                sleep(limits::ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The peer went away between its handshake and our accept.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
