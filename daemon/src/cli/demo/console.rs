//! The console as a child process: found beside us, signed in by a file, waited for.

use std::{path::PathBuf, process::ExitStatus};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::{client::Seat, folder::Folder};
use crate::cli::{failure::Failure, secret};

/// The console's program, beside our own.
pub(super) fn find() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().map_err(Failure::failed)?;
    let program = own.with_file_name("lotline");
    if program.is_file() {
        return Ok(program);
    }
    Err(Failure::failed(format!(
        "the console is not beside this program ({}); build it with `cargo build -p lotline`, or use --headless",
        program.display()
    )))
}

/// Starts it as the operator of `seat`. It inherits the terminal.
pub(super) fn start(program: PathBuf, folder: &Folder, base: &str, seat: &Seat) -> Result<Child, Failure> {
    let file = folder.file("session.json");
    let mut kept = serde_json::to_value(&seat.session).map_err(Failure::failed)?;
    kept["server"] = base.into();
    secret::write(&file, &kept.to_string())?;
    let mut command = Command::new(program);
    command.args(["--server", base, "--session-file"]).arg(file);
    command.spawn().map_err(|error| Failure::failed(format!("the console did not start: {error}")))
}

/// Asks it to leave the terminal as it found it and to end.
pub(super) async fn end(mut child: Child) -> Result<ExitStatus, Failure> {
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    if let Some(pid) = pid {
        kill_process(pid, Signal::TERM).map_err(Failure::failed)?;
    }
    child.wait().await.map_err(Failure::failed)
}
