//! The real program, run as an operator runs it.

use std::{
    ffi::OsString,
    io::Write,
    net::TcpListener,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

/// The program that was built with these tests, or the one that `LOTLINE_TEST_LOTLINED` names.
fn program() -> PathBuf {
    let program = std::env::var_os("LOTLINE_TEST_LOTLINED").map_or_else(beside_the_tests, PathBuf::from);
    assert!(program.is_file(), "{} is not there: cargo build --workspace --bins", program.display());
    program
}

fn beside_the_tests() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().and_then(Path::parent).unwrap().join("lotlined")
}

/// The console, beside the daemon.
pub(crate) fn console() -> PathBuf {
    let console = program().with_file_name("lotline");
    assert!(console.is_file(), "build it first: cargo build -p lotline");
    console
}

pub(crate) fn lotlined(folder: &Path, arguments: &[&str]) -> Command {
    lotlined_by(&[], folder, arguments)
}

/// The same run by another program, such as a tracer, that takes a command line after its own arguments.
pub(crate) fn lotlined_by(other: &[String], folder: &Path, arguments: &[&str]) -> Command {
    let mut line = other.iter().map(OsString::from).chain([program().into_os_string()]);
    let mut command = Command::new(line.next().unwrap());
    command.args(line).args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// `serve` on a socket of ours, handed over as systemd does it: descriptor 3.
pub(crate) fn lotlined_on(folder: &Path, socket: &TcpListener) -> Command {
    let mut command = Command::new("/bin/sh");
    let script = r#"LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" serve 3<&0 0</dev/null"#;
    command.args(["-c", script]).arg(program()).current_dir(folder).env_clear();
    command.stdin(OwnedFd::from(socket.try_clone().unwrap()));
    command
}

pub(crate) fn run(folder: &Path, arguments: &[&str], input: Option<&str>) -> Output {
    let mut command = lotlined(folder, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that reads nothing may be gone already.
    drop(stdin.write_all(input.unwrap_or_default().as_bytes()));
    drop(stdin);
    child.wait_with_output().unwrap()
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Ends the daemon with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A port that the system gives nobody by chance while its daemon is down.
pub(crate) fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(10_000..20_000)).find(is_free).unwrap()
}
