//! A PostgreSQL server for one run, with every commit made durable. It ends with its input.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{Result, pin::Processors};

pub(crate) struct Cluster {
    script: Child,
    server: String,
}

impl Cluster {
    /// Started by the script that starts the tests' server, on every processor.
    pub(super) fn start(root: &Path, processors: &Processors) -> Result<Self> {
        let script = "set -euo pipefail; source tests/postgres; start_postgres >&2; trap stop_postgres EXIT
            echo \"$LOTLINE_TEST_POSTGRES\"; cat >/dev/null";
        let mut command = Command::new("bash");
        command.args(["-c", script]).current_dir(root).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.env("postgres_fsync", "on").env_remove("LOTLINE_TEST_POSTGRES");
        let mut script = processors.for_all(|| command.spawn())??;
        let output = script.stdout.take().ok_or("the script has no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        let server = address.trim().rsplit_once('/').ok_or("PostgreSQL did not start")?.0.to_owned();
        let server = server.replace("postgres@", "lotline:lotline@");
        Ok(Self { script, server })
    }

    /// For the role that serves from it.
    pub(super) fn database(&self, name: &str) -> String {
        format!("{}/{name}", self.server)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        drop(self.script.wait());
    }
}
