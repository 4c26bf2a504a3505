//! Certificates that an ACME authority gives us (RFC 8555), by its visit on our own port (RFC 8737).

use std::{fs, path::Path, sync::Arc};

use futures::StreamExt;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_acme::{AcmeConfig, ResolvesServerCertAcme, caches::DirCache};

use super::{TlsError, certificates, wrong};
use crate::{config::Authority, tasks::Tasks};

/// Begins to ask, and asks again before what was given expires: the certificate there is, and how to answer the visit.
pub(super) fn start(
    authority: &Authority,
    tasks: &Tasks,
) -> Result<(Arc<ResolvesServerCertAcme>, Arc<ServerConfig>), TlsError> {
    private_folder(&authority.cache)?;
    let mut config = AcmeConfig::new(&authority.domains);
    if let Some(root) = &authority.root {
        config = config.client_tls_config(trusting(root)?);
    }
    let mut state = config
        .contact(authority.email.iter().map(|email| format!("mailto:{email}")))
        .cache(DirCache::new(authority.cache.clone()))
        .directory(authority.directory.as_str())
        .state();
    let (usual, challenge) = (state.resolver(), state.challenge_rustls_config());
    tasks.spawn_until_stop(async move {
        while let Some(event) = state.next().await {
            match event {
                Ok(done) => tracing::info!(?done, "certificate"),
                Err(error) => tracing::error!(%error, "no new certificate; trying again"),
            }
        }
    });
    Ok((usual, challenge))
}

/// Who asks a private authority believes its own root and nobody else.
fn trusting(root: &Path) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(root)? {
        roots.add(certificate).map_err(|error| wrong(root, error))?;
    }
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
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
