//! A small certificate authority: ACME (RFC 8555) over HTTPS, and visits by TLS-ALPN-01 (RFC 8737).
//!
//! As strict as the public ones where a client could cheat by mistake: signatures, nonces, the visit, the request.

mod books;
mod jws;
mod root;
mod route;
#[cfg(test)]
mod tests;
mod visit;

use std::{io, net::SocketAddr, sync::Arc};

use axum::serve::Listener;
use books::Books;
pub use root::Root;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

use crate::{shared::Shared, tasks::Tasks};

/// A running authority. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Authority(Arc<Office>);

#[derive(Debug)]
pub(crate) struct Office {
    base: String,
    root: Root,
    books: Shared<Books>,
    tasks: Tasks,
}

impl Authority {
    /// Opens at `listen`; every name leads to `visits`. It runs until `shutdown` is cancelled.
    pub async fn open(
        root: Root,
        listen: SocketAddr,
        visits: SocketAddr,
        shutdown: CancellationToken,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let listener = Encrypted { listener, acceptor: root.acceptor(address.ip())? };
        let office = Arc::new(Office {
            base: format!("https://{address}"),
            root,
            books: Shared::new(Books::new(visits)),
            tasks: Tasks::new(shutdown.clone()),
        });
        let router = route::router(office.clone());
        office.tasks.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the authority stopped listening");
            }
        });
        Ok(Self(office))
    }

    /// Where a client begins.
    pub fn directory(&self) -> String {
        format!("{}/directory", self.0.base)
    }

    /// From now on names lead there.
    pub fn lead_to(&self, visits: SocketAddr) {
        self.0.books.lock().visits = visits;
    }

    /// The next certificate, and only that, was given `days` of its 90 ago.
    pub fn age_next(&self, days: i64) {
        self.0.books.lock().age_of_next = days;
    }

    /// Certificates given so far, each in DER, oldest first.
    pub fn given(&self) -> Vec<Vec<u8>> {
        self.0.books.lock().given.clone()
    }
}

/// One handshake at a time is enough here.
struct Encrypted {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (socket, address) = Listener::accept(&mut self.listener).await;
            match self.acceptor.accept(socket).await {
                Ok(stream) => return (stream, address),
                Err(error) => tracing::debug!(%error, "no handshake"),
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
