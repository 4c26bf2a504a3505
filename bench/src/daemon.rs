//! The daemon under measurement: a process of its own, pinned, and watched from outside.

use std::{
    fs,
    io::{self, Seek, SeekFrom, Write},
    net::{SocketAddr, TcpListener},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    Bench, Result,
    database::is_sqlite,
    load::{Connection, send},
    measure,
    shop::{EMAIL, PASSWORD, PUBLIC_URL},
};

/// Secrets of a database that holds nothing.
pub(crate) const KEY: &str = "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e";
const LOG: &str = "daemon.log";
/// What a daemon logs when it has looked at its file.
const EXAMINED: &str = "every page of the database was looked at";
const PATIENCE: Duration = Duration::from_secs(60);

/// A running daemon.
pub(crate) struct Daemon {
    child: Child,
    settings: PathBuf,
    pub(crate) address: SocketAddr,
    /// From its start as a process to its first ready answer.
    pub(crate) ready_in: Duration,
}

/// The settings of a daemon on `database`. Jobs are off: they would call vendors that are not there. Rates are off: one
/// number would get no more than its share, and one member no more than theirs.
pub(crate) fn settings(listen: SocketAddr, database: &str) -> String {
    format!(
        "[server]\nlisten = \"{listen}\"\npublic_url = \"{PUBLIC_URL}\"\n[database]\nurl = \"{database}\"\n\
         [auth]\nsecret = \"a-signing-secret-of-the-benchmark-0123456789\"\n[secrets]\nkey = \"{KEY}\"\n\
         [twilio]\napi_base = \"http://127.0.0.1:9\"\n[elevenlabs]\napi_base = \"http://127.0.0.1:9\"\n\
         [jobs]\nenabled = false\n\
         [limits]\nrates = false\nstreams_per_session = 20000\nstreams_per_organization = 20000\n"
    )
}

impl Daemon {
    /// Ready and at rest: nothing but the load is to be measured.
    pub(crate) async fn start(bench: &Bench, database: &str) -> Result<Self> {
        let told = fs::metadata(bench.folder.join(LOG)).map_or(0, |log| log.len());
        let daemon = Self::ready(bench, database).await?;
        if is_sqlite(database) {
            rest(bench, told).await?;
        }
        Ok(daemon)
    }

    /// Alone on its processor; with a database server, whose processes run everywhere, everywhere too.
    pub(crate) async fn ready(bench: &Bench, database: &str) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let settings = bench.folder.join(format!("daemon-{}.toml", address.port()));
        write_settings(&settings, address, database)?;
        let mut command = command(bench, &settings)?;
        let begun = Instant::now();
        let child = if is_sqlite(database) {
            bench.processors.for_daemon(|| command.spawn())??
        } else {
            bench.processors.for_all(|| command.spawn())??
        };
        let mut daemon = Self { child, settings, address, ready_in: Duration::ZERO };
        daemon.answers(begun).await?;
        daemon.ready_in = begun.elapsed();
        Ok(daemon)
    }

    /// Another server on the daemon's processor, to measure beside it.
    pub(crate) async fn other(bench: &Bench, mut command: Command, address: SocketAddr) -> Result<Self> {
        let begun = Instant::now();
        let child = bench.processors.for_daemon(|| command.stdin(Stdio::null()).spawn())??;
        let mut server = Self { child, settings: PathBuf::new(), address, ready_in: Duration::ZERO };
        server.answers(begun).await?;
        Ok(server)
    }

    async fn answers(&mut self, begun: Instant) -> Result<()> {
        while begun.elapsed() < PATIENCE {
            if let Ok(mut connection) = Connection::open(self.address).await
                && connection.get("/readyz", "").await.is_ok_and(|answer| answer.ok())
            {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the daemon ended with {status}; its log is in target/bench").into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Err("the daemon did not become ready".into())
    }

    fn process(&self) -> String {
        self.child.id().to_string()
    }

    pub(crate) fn cpu(&self) -> Result<Duration> {
        measure::cpu(&self.process())
    }

    /// Resident now, and at most so far; MiB.
    pub(crate) fn resident(&self) -> Result<(f64, f64)> {
        measure::resident(&self.process())
    }

    /// An access token of the first shop's admin.
    pub(crate) async fn sign_in(&self) -> Result<String> {
        let body = json!({"email": EMAIL, "password": PASSWORD});
        let request = send("POST", "/api/v1/auth/login", "", &body);
        let answer = Connection::open(self.address).await?.ask(request.as_bytes()).await?;
        let session: Value = serde_json::from_slice(&answer.body)?;
        let token = session.get("access_token").and_then(Value::as_str);
        Ok(token.ok_or_else(|| format!("sign-in was answered {}: {session}", answer.status))?.to_owned())
    }

    /// As an operator stops it; it must end well.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM)?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return if status.success() {
                    Ok(())
                } else {
                    Err(format!("the daemon ended with {status}").into())
                };
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err("the daemon did not stop".into())
    }
}

fn write_settings(file: &Path, listen: SocketAddr, database: &str) -> Result<()> {
    let mut open = fs::File::options();
    let mut file = open.create(true).truncate(true).write(true).mode(0o600).open(file)?;
    Ok(file.write_all(settings(listen, database).as_bytes())?)
}

/// Waits until the daemon has looked at every page of its file, as it does after each start. `told`: bytes of the log before
/// that start.
async fn rest(bench: &Bench, told: u64) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let mut log = fs::File::open(bench.folder.join(LOG))?;
        log.seek(SeekFrom::Start(told))?;
        if io::read_to_string(log)?.contains(EXAMINED) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("the daemon does not come to rest".into())
}

fn command(bench: &Bench, settings: &Path) -> Result<Command> {
    let log = fs::File::options().create(true).append(true).open(bench.folder.join(LOG))?;
    let mut command = Command::new(&bench.program);
    command.arg("serve").arg("--config").arg(settings).env_clear().current_dir(&bench.folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    Ok(command)
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.settings));
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
