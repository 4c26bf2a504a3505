//! Certificates from an authority, over real sockets: it is asked, it visits, what it gives is served, kept and renewed.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use lotline_sim::{Authority, Root};
use lotlined::{
    app::install_crypto,
    config::{self, Config, Tls},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use crate::support::{
    daemon::{Daemon, settings},
    db::Fresh,
    eventually,
    program::{Running, free_port, lotlined},
};

const NAME: &str = "desk.example.com";
const ANY: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);
/// The daemon asks again after 1, 2, 4 … seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// The certificate served at `address`, if it is for the name and comes from the root.
async fn served(address: SocketAddr, root: &Root) -> Option<Vec<u8>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root.pem().as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let socket = TcpStream::connect(address).await.ok()?;
    let name = ServerName::try_from(NAME).unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await.ok()?;
    Some(stream.get_ref().1.peer_certificates()?.first()?.to_vec())
}

/// The `count`-th certificate of the authority is served in the end, and no further was asked for.
async fn serves(address: SocketAddr, root: &Root, authority: &Authority, count: usize) {
    eventually(PATIENCE, || async { authority.given().len() >= count }).await;
    let wanted = authority.given().remove(count - 1);
    eventually(PATIENCE, || async { served(address, root).await.as_ref() == Some(&wanted) }).await;
    assert_eq!(authority.given().len(), count);
}

fn keeps_a_certificate(folder: &Path) -> bool {
    let mut files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.any(|file| CertificateDer::from_pem_file(file).is_ok())
}

fn asking(authority: &Authority, root: &Path, db: &Fresh) -> Config {
    let mut config = settings(&db.url, "");
    config.tls = Some(Tls::Acme(config::Authority {
        domains: vec![NAME.to_owned()],
        email: Some("dana@example.com".to_owned()),
        directory: authority.directory().parse().unwrap(),
        root: Some(root.to_owned()),
        cache: db.folder.join("acme"),
    }));
    config
}

/// A store whose certificate were not fetched, not kept or not renewed would be a page of warnings one morning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_fetched_kept_over_a_restart_and_renewed() {
    install_crypto();
    let (db, shutdown) = (Fresh::sqlite(), CancellationToken::new());
    let (root, listener) = (Root::make().unwrap(), TcpListener::bind(ANY).await.unwrap());
    let (file, address) = (db.folder.join("root.pem"), listener.local_addr().unwrap());
    fs::write(&file, root.pem()).unwrap();
    let authority = Authority::open(root.clone(), ANY.into(), address, shutdown.clone()).await.unwrap();
    let config = asking(&authority, &file, &db);

    let daemon = Daemon::start_on(listener, config.clone());
    serves(address, &root, &authority, 1).await;
    // It is served before it is kept.
    eventually(PATIENCE, || async { keeps_a_certificate(&db.folder.join("acme")) }).await;
    daemon.stop().await;

    let daemon = Daemon::start_on(TcpListener::bind(address).await.unwrap(), config.clone());
    serves(address, &root, &authority, 1).await;
    daemon.stop().await;

    // In its last third; 20 days are left.
    fs::remove_dir_all(db.folder.join("acme")).unwrap();
    authority.age_next(70);
    let daemon = Daemon::start_on(TcpListener::bind(address).await.unwrap(), config);
    serves(address, &root, &authority, 3).await;
    daemon.stop().await;
    shutdown.cancel();
    db.remove().await;
}

/// An authority that is away, or that cannot come in at port 443, is what goes wrong in a store: the log must say which.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_keeps_the_authority_is_in_the_log_and_the_daemon_goes_on_asking() {
    install_crypto();
    let (db, shutdown, root) = (Fresh::sqlite(), CancellationToken::new(), Root::make().unwrap());
    let [address, office, closed] = [(); 3].map(|()| SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())));
    fs::write(db.folder.join("root.pem"), root.pem()).unwrap();
    let log = fs::File::create(db.folder.join("log")).unwrap();
    let mut command = lotlined(&db.folder, &["serve"]);
    for (name, value) in [
        ("SERVER__LISTEN", address.to_string()),
        ("SERVER__PUBLIC_URL", format!("https://{NAME}")),
        ("DATABASE__URL", db.url.clone()),
        ("SECRETS__KEY", "5e".repeat(32)),
        ("AUTH__SECRET", "a-signing-secret-of-the-tests-0123456789".to_owned()),
        ("TLS__ACME_DOMAINS", NAME.to_owned()),
        ("TLS__ACME_DIRECTORY", format!("https://{office}/directory")),
        ("TLS__ACME_ROOT_FILE", "root.pem".to_owned()),
    ] {
        command.env(format!("LOTLINE__{name}"), value);
    }
    let daemon = Running(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    let logged = async |words: &str| {
        let log = || fs::read_to_string(db.folder.join("log")).unwrap();
        let said = |line: &str| line.contains("no new certificate; trying again") && line.contains(words);
        eventually(PATIENCE, || async { log().lines().any(said) }).await;
    };
    logged("ConnectionRefused").await;
    let authority = Authority::open(root.clone(), office, closed, shutdown.clone()).await.unwrap();
    logged(&format!("cannot visit {NAME} at {closed}")).await;
    authority.lead_to(address);
    serves(address, &root, &authority, 1).await;
    drop(daemon);
    shutdown.cancel();
    db.remove().await;
}
