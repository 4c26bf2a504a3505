//! The authority's own key: what it signs, and how it is recognised.

use std::{fmt, io, net::IpAddr, sync::Arc};

use jiff::{ToSpan, civil::Date};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData,
    SignatureAlgorithm,
};
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use x509_parser::{
    certification_request::X509CertificationRequest,
    extensions::{GeneralName, ParsedExtension},
    prelude::FromDer,
};

use crate::clock;

const DAYS: i64 = 90;

/// The root certificate of an authority, which whoever asks it has to trust.
#[derive(Clone)]
pub struct Root(Arc<(Certificate, KeyPair)>);

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root")
    }
}

impl Root {
    pub fn make() -> io::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        Ok(Self(Arc::new((certificate, key))))
    }

    pub fn pem(&self) -> String {
        self.0.0.pem()
    }

    /// The authority serves with a certificate of its own.
    pub(super) fn acceptor(&self, address: IpAddr) -> io::Result<TlsAcceptor> {
        let params = CertificateParams::new([address.to_string()]).map_err(io::Error::other)?;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &self.0.0, &self.0.1).map_err(io::Error::other)?;
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key)
            });
        Ok(TlsAcceptor::from(Arc::new(config.map_err(io::Error::other)?)))
    }

    /// A certificate for what the request asks, which must be exactly `domains`, given `age` days ago.
    pub(super) fn certify(&self, request: &[u8], domains: &[String], age: i64) -> Option<Certificate> {
        let (_, request) = X509CertificationRequest::from_der(request).ok()?;
        request.verify_signature().ok()?;
        if asked(&request) != domains {
            return None;
        }
        let mut params = CertificateParams::new(domains).ok()?;
        let midnight = |day: Date| {
            let (month, number) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
            Some(rcgen::date_time_ymd(day.year().into(), month, number))
        };
        let today =
            Date::constant(1970, 1, 1).checked_add((clock::now().as_second() / 86_400).days()).ok()?;
        let began = today.checked_sub(age.days()).ok()?;
        params.not_before = midnight(began)?;
        params.not_after = midnight(began.checked_add(DAYS.days()).ok()?)?;
        let key = Asked(&request.certification_request_info.subject_pki.subject_public_key.data);
        params.signed_by(&key, &self.0.0, &self.0.1).ok()
    }
}

fn asked<'a>(request: &'a X509CertificationRequest<'_>) -> Vec<&'a str> {
    let extensions = request.requested_extensions().into_iter().flatten();
    let names = extensions.filter_map(|extension| match extension {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    names.flatten().map(|name| if let GeneralName::DNSName(name) = name { *name } else { "" }).collect()
}

/// The key of a request, which goes into its certificate.
struct Asked<'a>(&'a [u8]);

impl PublicKeyData for Asked<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0
    }

    fn algorithm(&self) -> &SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}
