//! The authority's visit (RFC 8737): whoever answers for the name shows what only the account's owner can know.

use std::{net::SocketAddr, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    version::TLS13,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use x509_parser::{extensions::GeneralName, parse_x509_certificate};

const PROTOCOL: &[u8] = b"acme-tls/1";
/// `acmeIdentifier`, and the head of an OCTET STRING of 32 bytes.
const IDENTIFIER: &str = "1.3.6.1.5.5.7.1.31";
const OCTETS: [u8; 2] = [4, 32];

/// Why not, in words for the client's log.
pub(super) async fn visit(address: SocketAddr, domain: &str, digest: &[u8]) -> Result<(), String> {
    let seen = [&OCTETS, digest].concat();
    let verifier = Shown { domain: domain.to_owned(), seen, crypto: aws_lc_rs::default_provider() };
    let name = ServerName::try_from(domain.to_owned()).map_err(|error| error.to_string())?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    let words = |error: std::io::Error| format!("cannot visit {domain} at {address}: {error}");
    let socket = TcpStream::connect(address).await.map_err(words)?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await.map_err(words)?;
    match stream.get_ref().1.alpn_protocol() {
        Some(PROTOCOL) => Ok(()),
        _ => Err(format!("{domain} does not speak acme-tls/1")),
    }
}

/// Believes nobody's signature under the certificate, only what it shows.
#[derive(Debug)]
struct Shown {
    domain: String,
    seen: Vec<u8>,
    crypto: CryptoProvider,
}

impl Shown {
    fn is_in(&self, certificate: &CertificateDer<'_>) -> Option<bool> {
        let (_, certificate) = parse_x509_certificate(certificate).ok()?;
        let names = &certificate.subject_alternative_name().ok()??.value.general_names;
        let proof = certificate.extensions().iter().find(|found| found.oid.to_id_string() == IDENTIFIER)?;
        Some(*names == [GeneralName::DNSName(&self.domain)] && proof.critical && proof.value == self.seen)
    }
}

impl ServerCertVerifier for Shown {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.is_in(end_entity) {
            Some(true) => Ok(ServerCertVerified::assertion()),
            _ => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 alone is spoken here".to_owned()))
    }

    /// By the key alone: to the usual way the critical extension is unknown.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let Ok((_, cert)) = parse_x509_certificate(cert) else {
            return Err(CertificateError::BadEncoding.into());
        };
        let key = SubjectPublicKeyInfoDer::from(cert.public_key().raw);
        verify_tls13_signature_with_raw_key(
            message,
            &key,
            dss,
            &self.crypto.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}
