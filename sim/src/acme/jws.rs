//! Signed requests: JSON Web Signatures with ES256 (RFC 7515, RFC 8555 section 6.2).

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

#[derive(Deserialize)]
pub(super) struct Envelope {
    protected: String,
    payload: String,
    signature: String,
}

/// What is signed along with the payload: exactly one of `jwk` and `kid` says who signed.
#[derive(Deserialize)]
pub(super) struct Protected {
    alg: String,
    pub(super) nonce: String,
    pub(super) url: String,
    pub(super) jwk: Option<Jwk>,
    pub(super) kid: Option<String>,
}

/// A public key on P-256. The fields stand in the order of the thumbprint (RFC 7638).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Jwk {
    crv: String,
    kty: String,
    x: String,
    y: String,
}

impl Envelope {
    pub(super) fn protected(&self) -> Option<Protected> {
        let protected: Protected = serde_json::from_slice(&decoded(&self.protected)?).ok()?;
        (protected.alg == "ES256").then_some(protected)
    }

    /// The payload, if `key` signed it. An empty one asks and changes nothing.
    pub(super) fn open(&self, key: &Jwk) -> Option<Vec<u8>> {
        let signed = format!("{}.{}", self.protected, self.payload);
        let point = [vec![4], decoded(&key.x)?, decoded(&key.y)?].concat();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        key.verify(signed.as_bytes(), &decoded(&self.signature)?).ok()?;
        decoded(&self.payload)
    }
}

impl Jwk {
    /// What the visited server must show the SHA-256 of (RFC 8555 section 8.1).
    pub(super) fn authorization(&self, token: &str) -> String {
        let own = serde_json::to_vec(self).unwrap_or_default();
        format!("{token}.{}", BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &own)))
    }
}

pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

pub(super) fn read<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    serde_json::from_slice(payload).ok()
}
