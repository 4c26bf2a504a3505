//! A PostgreSQL server of a test's own, to be stopped in the middle, and a transaction pooler.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{
    db::Fresh,
    eventually,
    program::{Running, free_port},
};

/// A cluster in a folder of its own, stopped and removed with the value.
pub(crate) struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
}

/// These servers refuse to run as root.
fn as_postgres(program: impl AsRef<std::ffi::OsStr>) -> Command {
    if !rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn programs() -> PathBuf {
    let installed = fs::read_dir("/usr/lib/postgresql").unwrap();
    let mut versions: Vec<_> = installed.map(|entry| entry.unwrap().path().join("bin")).collect();
    versions.sort();
    versions.pop().expect("PostgreSQL is installed by tests/run")
}

fn open_folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("lotline-{name}-{}", uuid::Uuid::now_v7()));
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    folder
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let cluster = Self { folder: open_folder("cluster"), programs: programs(), port: free_port() };
        let mut init = as_postgres(cluster.programs.join("initdb"));
        init.arg("--pgdata").arg(cluster.data()).args([
            "--auth",
            "trust",
            "--username",
            "postgres",
            "--no-sync",
        ]);
        succeed(&mut init);
        cluster.up();
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn control(&self) -> Command {
        let mut control = as_postgres(self.programs.join("pg_ctl"));
        control.arg("--pgdata").arg(self.data()).args(["--silent", "--wait"]);
        control.stdout(Stdio::null());
        control
    }

    pub(crate) fn up(&self) {
        let options = format!("-p {} -k {} -c listen_addresses=127.0.0.1", self.port, self.folder.display());
        let mut control = self.control();
        control.arg("--log").arg(self.folder.join("log")).arg("--options").arg(options).arg("start");
        // The server keeps what it inherits; a pipe of ours would never end.
        assert!(control.stderr(Stdio::null()).status().unwrap().success());
    }

    /// As a power cut: nothing is finished, every connection breaks.
    pub(crate) fn crash(&self) {
        succeed(self.control().args(["--mode", "immediate", "stop"]));
    }

    /// Its one database for the role that owns everything.
    pub(crate) fn owner(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Its one database, prepared for a daemon.
    pub(crate) async fn database(&self) -> Fresh {
        let url = format!("postgres://lotline@127.0.0.1:{}/postgres", self.port);
        lotlined::db::prepare(&self.owner(), &url).await.unwrap();
        Fresh::with_folder(&url, open_folder("database"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.control().args(["--mode", "immediate", "stop"]).stderr(Stdio::null()).status());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// PgBouncer in transaction mode, with fewer connections to the server than it has clients.
pub(crate) struct Pooler {
    folder: PathBuf,
    port: u16,
    _program: Running,
}

impl Pooler {
    pub(crate) async fn start(server: &url::Url) -> Self {
        let (folder, port) = (open_folder("pooler"), free_port());
        let settings = format!(
            "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             auth_type = trust\nauth_file = {users}\nunix_socket_dir =\npool_mode = transaction\n\
             default_pool_size = 3\nmax_client_conn = 200\nlogfile = {log}\n",
            server.host_str().unwrap(),
            server.port().unwrap(),
            users = folder.join("users").display(),
            log = folder.join("log").display(),
        );
        fs::write(folder.join("users"), format!("\"{0}\" \"{0}\"\n", super::db::ROLE)).unwrap();
        let file = folder.join("pgbouncer.ini");
        fs::write(&file, settings).unwrap();
        let program = spawn(&file);
        let pooler = Self { folder, port, _program: Running(program) };
        eventually(Duration::from_secs(10), || async {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
        pooler
    }

    /// The same database by way of the pooler.
    pub(crate) fn of(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.into()
    }
}

fn spawn(file: &Path) -> Child {
    let program =
        ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].into_iter().find(|path| Path::new(path).exists());
    let mut command = as_postgres(program.expect("PgBouncer is installed by tests/run"));
    command.arg("--quiet").arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}
