//! Encrypted connections of our own: with certificate files, or with certificates that an ACME authority gives us.

mod acme;
mod files;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use files::Files;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, pem::PemObject},
    server::{Acceptor, ResolvesServerCert},
};
use rustls_acme::is_tls_alpn_challenge;
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use crate::{config, tasks::Tasks};

/// Why a daemon cannot speak TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path}: {problem}")]
    File { path: PathBuf, problem: String },
}

/// Takes the handshakes of connections.
#[derive(Clone)]
pub struct Tls {
    usual: Arc<ServerConfig>,
    /// For the authority's own visit, which proves that a name leads to us.
    challenge: Option<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the certificate or begins to ask for one. Renewal goes on until the tasks are told to stop.
    pub fn start(settings: &config::Tls, tasks: &Tasks) -> Result<Self, TlsError> {
        match settings {
            config::Tls::Files { certificate, key } => {
                let files = Arc::new(Files::read(certificate, key)?);
                tasks.spawn_until_stop(files.clone().watch());
                Ok(Self { usual: config(files), challenge: None })
            }
            config::Tls::Acme(authority) => {
                let (usual, challenge) = acme::start(authority, tasks)?;
                Ok(Self { usual: config(usual), challenge: Some(challenge) })
            }
        }
    }

    /// The encrypted connection; `None` when it was the authority's visit, which ends with its handshake.
    pub(super) async fn accept(&self, socket: TcpStream) -> io::Result<Option<TlsStream<TcpStream>>> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), socket).await?;
        if let Some(challenge) = &self.challenge
            && is_tls_alpn_challenge(&start.client_hello())
        {
            start.into_stream(challenge.clone()).await?.shutdown().await?;
            return Ok(None);
        }
        start.into_stream(self.usual.clone()).await.map(Some)
    }
}

fn config(resolver: Arc<dyn ResolvesServerCert>) -> Arc<ServerConfig> {
    let mut config = ServerConfig::builder().with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

fn wrong(path: &Path, problem: impl std::fmt::Display) -> TlsError {
    TlsError::File { path: path.to_owned(), problem: problem.to_string() }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_file_iter(file).map_err(|error| wrong(file, error))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| wrong(file, error))?;
    if found.is_empty() { Err(wrong(file, "there is no certificate in it")) } else { Ok(found) }
}
