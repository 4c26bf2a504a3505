use std::net::Ipv4Addr;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;

struct Client {
    http: reqwest::Client,
    base: String,
    key: EcdsaKeyPair,
}

impl Client {
    async fn nonce(&self) -> String {
        let answer = self.http.head(format!("{}/new-nonce", self.base)).send().await.unwrap();
        answer.headers()["replay-nonce"].to_str().unwrap().to_owned()
    }

    /// A request for an account, signed for `url`.
    fn signed(&self, nonce: &str, url: &str) -> Value {
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": text(x), "y": text(y)});
        let protected = json!({"alg": "ES256", "nonce": nonce, "url": url, "jwk": jwk}).to_string();
        let (protected, payload) = (text(protected.as_bytes()), text(b"{}"));
        let signature =
            self.key.sign(&SystemRandom::new(), format!("{protected}.{payload}").as_bytes()).unwrap();
        json!({"protected": protected, "payload": payload, "signature": text(signature.as_ref())})
    }

    /// The kind of the refusal, or `None`.
    async fn refusal(&self, body: &Value) -> Option<String> {
        let answer = self.http.post(format!("{}/new-account", self.base)).json(body).send().await.unwrap();
        if answer.status() == 201 {
            return None;
        }
        let problem: Value = answer.json().await.unwrap();
        Some(problem["type"].as_str()?.rsplit(':').next()?.to_owned())
    }
}

/// An authority that takes anything would prove nothing of the client that it serves.
#[tokio::test]
async fn a_nonce_is_good_once_and_a_signature_holds_what_it_signs() {
    // A second test of this process changes nothing.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let (root, any, shutdown) =
        (Root::make().unwrap(), (Ipv4Addr::LOCALHOST, 0).into(), CancellationToken::new());
    let authority = Authority::open(root.clone(), any, any, shutdown.clone()).await.unwrap();
    let trusted = reqwest::Certificate::from_pem(root.pem().as_bytes()).unwrap();
    let client = Client {
        http: reqwest::Client::builder().tls_certs_only([trusted]).no_proxy().build().unwrap(),
        base: authority.0.base.clone(),
        key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
    };
    let url = format!("{}/new-account", client.base);
    let good = client.signed(&client.nonce().await, &url);
    assert_eq!(client.refusal(&good).await, None);
    assert_eq!(client.refusal(&good).await.as_deref(), Some("badNonce"));
    let elsewhere = client.signed(&client.nonce().await, "https://other.example.com/new-account");
    assert_eq!(client.refusal(&elsewhere).await.as_deref(), Some("unauthorized"));
    let mut forged = client.signed(&client.nonce().await, &url);
    forged["payload"] = json!(BASE64_URL_SAFE_NO_PAD.encode(b"{\"contact\":[]}"));
    assert_eq!(client.refusal(&forged).await.as_deref(), Some("unauthorized"));
    shutdown.cancel();
}
