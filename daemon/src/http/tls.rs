//! Encrypted connections of our own: with certificate files, or with certificates that an ACME authority gives us.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use futures::StreamExt;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{Acceptor, ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_acme::{AcmeConfig, caches::DirCache, is_tls_alpn_challenge};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use crate::{config, limits, tasks::Tasks};

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
            config::Tls::Acme { domains, email, directory, cache } => {
                private_folder(cache)?;
                let mut state = AcmeConfig::new(domains)
                    .contact(email.iter().map(|email| format!("mailto:{email}")))
                    .cache(DirCache::new(cache.clone()))
                    .directory(directory.as_str())
                    .state();
                let challenge = Some(state.challenge_rustls_config());
                let usual = config(state.resolver());
                tasks.spawn_until_stop(async move {
                    while let Some(event) = state.next().await {
                        match event {
                            Ok(done) => tracing::info!(?done, "certificate"),
                            Err(error) => tracing::error!(%error, "no certificate yet; trying again"),
                        }
                    }
                });
                Ok(Self { usual, challenge })
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

/// Keys lie in it: nobody else may look.
fn private_folder(folder: &Path) -> Result<(), TlsError> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| wrong(folder, error))?;
    let mode = fs::metadata(folder).map_err(|error| wrong(folder, error))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(wrong(folder, "others can look into it; chmod 700 it"));
    }
    Ok(())
}

fn wrong(path: &Path, problem: impl std::fmt::Display) -> TlsError {
    TlsError::File { path: path.to_owned(), problem: problem.to_string() }
}

/// A certificate and its key, read again when somebody renewed them.
#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    now: RwLock<(SystemTime, Arc<CertifiedKey>)>,
}

impl Files {
    fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let now = RwLock::new((changed(certificate), load(certificate, key)?));
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), now })
    }

    async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(limits::CERTIFICATE_LOOK).await;
            self.look();
        }
    }

    /// A new pair that does not fit together yet is looked at again; until then the old one serves.
    fn look(&self) {
        let at = changed(&self.certificate);
        if at == self.now.read().unwrap_or_else(PoisonError::into_inner).0 {
            return;
        }
        match load(&self.certificate, &self.key) {
            Ok(key) => {
                *self.now.write().unwrap_or_else(PoisonError::into_inner) = (at, key);
                tracing::info!("the certificate was renewed");
            }
            Err(error) => tracing::error!(%error, "the new certificate cannot be used"),
        }
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now.read().unwrap_or_else(PoisonError::into_inner).1.clone())
    }
}

fn changed(file: &Path) -> SystemTime {
    fs::metadata(file).and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn load(certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = CertificateDer::pem_file_iter(certificate).map_err(|error| wrong(certificate, error))?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(|error| wrong(certificate, error))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "there is no certificate in it"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, error))?;
    let pair = CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider());
    pair.map(Arc::new).map_err(|error| wrong(key, error))
}
