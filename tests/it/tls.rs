//! TLS of our own, over real sockets: files that are renewed, refusals of what is plain, and the authority's visit.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use lotlined::{
    app::install_crypto,
    config::{Authority, Tls},
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::Certificate;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::support::{
    daemon::{Daemon, settings},
    db::Fresh,
};

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

fn certify(folder: &Path) -> Files {
    let CertifiedKey { cert, key_pair } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = Files { certificate: folder.join("cert.pem"), key: folder.join("key.pem") };
    fs::write(&files.certificate, cert.pem()).unwrap();
    fs::write(&files.key, key_pair.serialize_pem()).unwrap();
    fs::set_permissions(&files.key, fs::Permissions::from_mode(0o600)).unwrap();
    files
}

async fn encrypted(daemon: &Daemon, files: &Files, alpn: &[u8]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files.certificate).unwrap()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let socket = TcpStream::connect(daemon.base.trim_start_matches("http://")).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), socket).await
}

/// A one-box store has no proxy: sign-in, keep-alive and streams must work over the daemon's own TLS.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_streams_work_over_tls_and_plain_http_does_not() {
    install_crypto();
    let db = Fresh::sqlite();
    let files = certify(&db.folder);
    let mut config = settings(&db.url, "");
    config.tls = Some(Tls::Files { certificate: files.certificate.clone(), key: files.key.clone() });
    let daemon = Daemon::start_with(config).await;

    let mut kept = encrypted(&daemon, &files, b"http/1.1").await.unwrap();
    for _ in 0..3 {
        kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let mut bytes = [0; 2048];
        let count = kept.read(&mut bytes).await.unwrap();
        let answer = String::from_utf8_lossy(&bytes[..count]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    }
    let port = daemon.base.rsplit(':').next().unwrap();
    let base = format!("https://localhost:{port}");
    let trusted = Certificate::from_pem(&fs::read(&files.certificate).unwrap()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([trusted]).build().unwrap();
    let body = serde_json::json!({"email": "dana@example.com", "password": "correct horse battery",
        "name": "Dana Example", "organization": {"name": "Dana Motors"}});
    let signed_up = client.post(format!("{base}/api/v1/auth/signup")).json(&body).send().await.unwrap();
    let session: serde_json::Value = serde_json::from_slice(&signed_up.bytes().await.unwrap()).unwrap();
    let token = session["access_token"].as_str().unwrap();
    let events = client.get(format!("{base}/api/v1/events?after=0")).bearer_auth(token);
    let mut stream = events.send().await.unwrap();
    let lead = client.post(format!("{base}/api/v1/leads")).bearer_auth(token);
    let lead = lead.json(&serde_json::json!({"phone": "+13035550101"})).send().await.unwrap();
    assert_eq!(lead.status(), 201);
    let mut heard = String::new();
    while !heard.contains("lead.created") {
        heard += &String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap());
    }

    let mut plain = TcpStream::connect(daemon.base.trim_start_matches("http://")).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    drop(plain.read_to_end(&mut answer).await);
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1"), "nothing is said in the clear");
    daemon.stop().await;
    db.remove().await;
}

/// A daemon that starts with a wrong key would answer nobody, and would say so only in its log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_that_cannot_be_used_are_refused_at_the_start() {
    install_crypto();
    let db = Fresh::sqlite();
    let (one, other) = (db.folder.join("one"), db.folder.join("other"));
    for folder in [&one, &other] {
        fs::create_dir_all(folder).unwrap();
    }
    let (one, other) = (certify(&one), certify(&other));
    let absent = db.folder.join("absent.pem");
    for (certificate, key, named) in [
        (&one.certificate, &other.key, "other/key.pem"),
        (&absent, &one.key, "absent.pem"),
        (&one.key, &one.key, "one/key.pem: there is no certificate"),
    ] {
        let mut config = settings(&db.url, "");
        config.tls = Some(Tls::Files { certificate: certificate.clone(), key: key.clone() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refused = lotlined::serve(config, listener, std::future::pending()).await.unwrap_err();
        assert!(refused.to_string().contains(named), "{refused}");
    }
    db.remove().await;
}

/// While the authority has not answered, nobody is served a wrong certificate, and its folder is ours alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_certificate_yet_handshakes_fail_and_the_daemon_lives() {
    install_crypto();
    let db = Fresh::sqlite();
    let files = certify(&db.folder);
    let mut config = settings(&db.url, "");
    let cache = db.folder.join("acme");
    config.tls = Some(Tls::Acme(Authority {
        domains: vec!["localhost".to_owned()],
        email: None,
        directory: "https://127.0.0.1:1/directory".parse().unwrap(),
        root: None,
        cache: cache.clone(),
    }));
    let daemon = Daemon::start_with(config.clone()).await;
    for alpn in [b"http/1.1".as_slice(), b"acme-tls/1"] {
        assert!(encrypted(&daemon, &files, alpn).await.is_err());
    }
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
    daemon.stop().await;
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o755)).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = lotlined::serve(config, listener, std::future::pending()).await.unwrap_err();
    assert!(refused.to_string().contains("chmod 700"), "{refused}");
    db.remove().await;
}
