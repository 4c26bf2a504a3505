//! Certificate files that somebody else renews.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use rustls::{
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::{TlsError, certificates, wrong};
use crate::limits;

/// A certificate and its key, read again when somebody renewed them.
#[derive(Debug)]
pub(super) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    now: RwLock<(SystemTime, Arc<CertifiedKey>)>,
}

impl Files {
    pub(super) fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let now = RwLock::new((changed(certificate), load(certificate, key)?));
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), now })
    }

    pub(super) async fn watch(self: Arc<Self>) {
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
    let chain = certificates(certificate)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, error))?;
    let pair = CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider());
    pair.map(Arc::new).map_err(|error| wrong(key, error))
}
