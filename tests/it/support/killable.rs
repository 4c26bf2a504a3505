//! The real program as a dealership's desk that can be killed and restarted, one on a file or several on a server behind a
//! proxy; the carrier and the AI are another process, at the end of a road that can be made to fail.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::Path,
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use lotline_sim::{Account, Agent, Number};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    caller::Caller,
    db::Fresh,
    eventually,
    program::{Running, free_port, lotlined_by, lotlined_on},
    road::Road,
    vendors::Vendors,
};

pub(crate) const OWN: &str = "+13035550199";
const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "token-of-the-first-account";
const AGENT: &str = "agent_juniper";
const AGENT_KEY: &str = "xi-test-key";

/// What a desk may have besides the plainest.
pub(crate) struct Plan {
    pub(crate) nodes: usize,
    /// Between the daemons and both vendors.
    pub(crate) road: Option<Road>,
    /// `delivery.reconcile_after`.
    pub(crate) reconcile: &'static str,
    /// More settings.
    pub(crate) more: &'static str,
    /// The socket is ours, as a service manager's.
    pub(crate) our_socket: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self { nodes: 1, road: None, reconcile: r#"["1s", "2s", "3s"]"#, more: "", our_socket: false }
    }
}

/// A desk on a database that outlives its daemons.
pub(crate) struct Desk {
    pub(crate) vendors: Vendors,
    pub(crate) base: String,
    db: Fresh,
    nodes: Vec<Node>,
    /// Put in front of the daemon's command line; the daemon stays the child that is killed.
    pub(crate) under: Vec<String>,
    stop: CancellationToken,
}

/// The end of its log.
fn last_words(folder: &Path) -> String {
    let log = fs::read_to_string(folder.join("log")).unwrap();
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

/// One of its daemons, where it listens and whether it runs.
struct Node {
    port: u16,
    /// Ours, and handed over to one daemon after the other.
    socket: Option<TcpListener>,
    daemon: Option<Running>,
}

impl Node {
    fn new(our_socket: bool) -> Self {
        let socket = our_socket.then(|| TcpListener::bind("127.0.0.1:0").unwrap());
        let bound = |socket: &TcpListener| socket.local_addr().unwrap().port();
        Self { port: socket.as_ref().map_or_else(free_port, bound), socket, daemon: None }
    }
}

impl Desk {
    /// A store with a number, a carrier and an AI, served by the program. `seed` decides what the vendors answer.
    pub(crate) async fn open(seed: u64) -> (Self, Caller) {
        Self::on(Fresh::sqlite(), seed, Plan::default()).await
    }

    /// The same with every line of its log, as JSON.
    pub(crate) async fn talkative(seed: u64) -> (Self, Caller) {
        let more = "[log]\nformat = \"json\"\nlevel = \"info,lotlined=debug\"";
        Self::on(Fresh::sqlite(), seed, Plan { more, ..Plan::default() }).await
    }

    /// The same with several daemons.
    pub(crate) async fn several(seed: u64, count: usize) -> (Self, Caller) {
        Self::on(Fresh::postgres().await, seed, Plan { nodes: count, ..Plan::default() }).await
    }

    /// The same on a file that is somewhere else.
    pub(crate) async fn open_at(file: &Path, seed: u64) -> (Self, Caller) {
        Self::on(Fresh::sqlite_at(file), seed, Plan::default()).await
    }

    /// One daemon whose socket is held by us, as a service manager holds it.
    pub(crate) async fn on_our_socket(db: Fresh, seed: u64) -> (Self, Caller) {
        Self::on(db, seed, Plan { our_socket: true, ..Plan::default() }).await
    }

    pub(crate) async fn on(db: Fresh, seed: u64, plan: Plan) -> (Self, Caller) {
        let (vendors, stop) = (Vendors::start(&db.folder, seed).await, CancellationToken::new());
        let nodes: Vec<_> = (0..plan.nodes).map(|_| Node::new(plan.our_socket)).collect();
        let addresses: Vec<_> = nodes.iter().map(|node| ([127, 0, 0, 1], node.port).into()).collect();
        let front = match *addresses {
            [address] => address,
            _ => lotline_sim::proxy(addresses, stop.clone()).await.unwrap(),
        };
        let vendors_at = match &plan.road {
            Some(road) => road.open(&vendors.remote.base_url()).await,
            None => vendors.remote.base_url(),
        };
        let mut desk = Self { vendors, base: format!("http://{front}"), db, nodes, under: Vec::new(), stop };
        desk.write_config(&vendors_at, &plan);
        for node in 0..plan.nodes {
            desk.start_one(node).await;
        }
        let (admin, _) = Caller::at(&desk.base).found("dana@example.com", "Dana Motors").await;
        let number = json!({"phone_number": OWN});
        assert_eq!(admin.post("/api/v1/phone-numbers", number).await.status, 201);
        let carrier = json!({"provider": "twilio", "account_sid": ACCOUNT, "auth_token": TOKEN});
        assert_eq!(admin.put("/api/v1/carrier", carrier).await.status, 200);
        let profile =
            json!({"provider": "elevenlabs", "agent_id": AGENT, "api_key": AGENT_KEY, "persona": "Juno"});
        assert_eq!(admin.put("/api/v1/agent-profile", profile).await.status, 200);
        desk.register().await;
        (desk, admin)
    }

    /// The same at the vendors.
    async fn register(&self) {
        let account = Account { sid: ACCOUNT.into(), auth_token: TOKEN.into(), ..Account::default() };
        let sms_url = format!("{}/api/webhooks/twilio/sms/incoming", self.base);
        let number = Number { phone_number: OWN.into(), account_sid: ACCOUNT.into(), sms_url };
        let agent = Agent { agent_id: AGENT.into(), api_key: AGENT_KEY.into(), ..Agent::default() };
        let remote = &self.vendors.remote;
        remote.register_account(account).await.unwrap();
        remote.register_number(number).await.unwrap();
        remote.register_agent(agent).await.unwrap();
    }

    fn write_config(&self, vendors: &str, plan: &Plan) {
        let file = self.db.folder.join("lotline.toml");
        let text = format!(
            r#"
[server]
public_url = "{base}"
[database]
url = "{url}"
[secrets]
key = "{key}"
[auth]
secret = "a-signing-secret-of-the-tests-0123456789"
[twilio]
api_base = "{sim}"
[elevenlabs]
api_base = "{sim}"
[conversation]
burst_window = "100ms"
burst_max = "1s"
[delivery]
reconcile_after = {reconcile}
pace = 1000
[limits]
streams_per_session = 2000
{more}
"#,
            more = plan.more,
            reconcile = plan.reconcile,
            base = self.base,
            url = self.db.url,
            key = "5e".repeat(32),
            sim = vendors,
        );
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Starts the daemon; returns when it is ready, and how long that took.
    pub(crate) async fn start(&mut self) -> Duration {
        self.start_one(0).await
    }

    pub(crate) async fn start_one(&mut self, node: usize) -> Duration {
        let begun = Instant::now();
        self.spawn_one(node);
        let address = format!("127.0.0.1:{}", self.nodes[node].port);
        let (http, ready) = (reqwest::Client::new(), format!("http://{address}/readyz"));
        let (daemon, folder) = (self.nodes[node].daemon.as_mut().unwrap(), &self.db.folder);
        eventually(Duration::from_secs(60), || {
            assert!(daemon.0.try_wait().unwrap().is_none(), "it ended by itself: {}", last_words(folder));
            let asked = http.get(&ready).send();
            async { asked.await.is_ok_and(|answer| answer.status() == 200) }
        })
        .await;
        begun.elapsed()
    }

    fn spawn_one(&mut self, node: usize) {
        let address = format!("127.0.0.1:{}", self.nodes[node].port);
        let log = fs::File::options().create(true).append(true).open(self.db.folder.join("log")).unwrap();
        let mut command = match &self.nodes[node].socket {
            None => lotlined_by(&self.under, &self.db.folder, &["serve"]),
            Some(socket) => lotlined_on(&self.db.folder, socket),
        };
        command.env("LOTLINE__SERVER__LISTEN", &address).stderr(log).stdout(Stdio::null());
        self.nodes[node].daemon = Some(Running(command.spawn().unwrap()));
    }

    /// Starts a daemon that something will kill; whether that happened within `patience`. It is dead afterwards.
    pub(crate) async fn live_until_killed(&mut self, patience: Duration) -> bool {
        self.spawn_one(0);
        let begun = Instant::now();
        loop {
            let daemon = self.nodes[0].daemon.as_mut().unwrap();
            if let Some(status) = daemon.0.try_wait().unwrap() {
                assert_eq!(status.signal(), Some(9), "it ended by itself: {}", last_words(&self.db.folder));
                self.nodes[0].daemon = None;
                return true;
            }
            if begun.elapsed() > patience {
                self.kill();
                return false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// SIGKILL: nothing is finished, nothing is said.
    pub(crate) fn kill(&mut self) {
        self.kill_one(0);
    }

    pub(crate) fn kill_one(&mut self, node: usize) {
        let mut daemon = self.nodes[node].daemon.take().unwrap();
        daemon.0.kill().unwrap();
        assert_eq!(daemon.0.wait().unwrap().signal(), Some(9), "it was alive until then");
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.base.trim_start_matches("http://").parse().unwrap()
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.nodes[0].daemon.as_ref().unwrap().0)
    }

    /// SIGTERM, as an operator stops it; how it ended, within `patience`.
    pub(crate) async fn terminate(&mut self, patience: Duration) -> ExitStatus {
        self.terminate_one(0, patience).await
    }

    pub(crate) async fn terminate_one(&mut self, node: usize, patience: Duration) -> ExitStatus {
        let daemon = &self.nodes[node].daemon.as_ref().unwrap().0;
        kill_process(Pid::from_child(daemon), Signal::TERM).unwrap();
        self.ended(node, patience).await
    }

    /// How it ended, within `patience`.
    pub(crate) async fn ended(&mut self, node: usize, patience: Duration) -> ExitStatus {
        let mut daemon = self.nodes[node].daemon.take().unwrap();
        let begun = Instant::now();
        loop {
            if let Some(status) = daemon.0.try_wait().unwrap() {
                return status;
            }
            let words = || last_words(&self.db.folder);
            assert!(begun.elapsed() < patience, "it still runs after {patience:?}: {}", words());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Where its settings and its log are.
    pub(crate) fn folder(&self) -> &Path {
        &self.db.folder
    }

    pub(crate) fn url(&self) -> &str {
        &self.db.url
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.db.is_sqlite()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.db.folder.join("log")).unwrap()
    }

    pub(crate) async fn remove(self) {
        self.stop.cancel();
        drop((self.nodes, self.vendors));
        self.db.remove().await;
    }
}
