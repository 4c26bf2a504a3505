//! `[tls]`: certificates of our own, from files or from an ACME authority.

use std::path::PathBuf;

use url::Url;

use super::{reader::Reader, rules};

const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// Where certificates come from.
#[derive(Debug, Clone)]
pub enum Tls {
    /// Files in PEM that somebody else renews.
    Files {
        certificate: PathBuf,
        key: PathBuf,
    },
    Acme(Authority),
}

/// An ACME authority that gives certificates.
#[derive(Debug, Clone)]
pub struct Authority {
    /// For these names, which must lead to us on port 443.
    pub domains: Vec<String>,
    pub email: Option<String>,
    pub directory: Url,
    /// In PEM: whom a private authority's own certificate comes from. `None`: the public roots are asked.
    pub root: Option<PathBuf>,
    /// Account and certificates.
    pub cache: PathBuf,
}

/// `None`: plain HTTP, for a proxy in front.
pub(super) fn read(r: &mut Reader) -> Option<Tls> {
    let certificate: Option<String> = r.value("tls.cert_file", None);
    let key: Option<String> = r.value("tls.key_file", None);
    let domains: Vec<String> = r.value("tls.acme_domains", Vec::new());
    let email: Option<String> = r.value("tls.acme_email", None);
    let directory = r.value("tls.acme_directory", Url::parse(LETS_ENCRYPT).ok());
    let root: Option<String> = r.value("tls.acme_root_file", None);
    let cache = r.value("tls.cache_dir", "acme".to_owned());
    if !domains.is_empty() && (certificate.is_some() || key.is_some()) {
        r.problem("tls.acme_domains", "does not go with tls.cert_file; keep one of them".into());
    }
    match (certificate, key, directory) {
        (Some(certificate), Some(key), _) => {
            let key = r.path(&key);
            if rules::open_to_others(&key) {
                r.problem("tls.key_file", format!("others can read {}; chmod 600 it", key.display()));
            }
            Some(Tls::Files { certificate: r.path(&certificate), key })
        }
        (Some(_), None, _) => {
            r.problem("tls.key_file", "is missing; it belongs to tls.cert_file".into());
            None
        }
        (None, Some(_), _) => {
            r.problem("tls.cert_file", "is missing; it belongs to tls.key_file".into());
            None
        }
        (None, None, Some(directory)) if !domains.is_empty() => {
            if directory.scheme() != "https" {
                r.problem("tls.acme_directory", "must start with https://".into());
            }
            let (root, cache) = (root.map(|root| r.path(&root)), r.path(&cache));
            Some(Tls::Acme(Authority { domains, email, directory, root, cache }))
        }
        (None, None, _) => None,
    }
}
