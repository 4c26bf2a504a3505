//! Log lines: for people or as JSON, to standard error.

use std::{fs::File, io::IsTerminal, sync::Arc};

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// The daemon's, as set.
pub(super) fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_checked_before| EnvFilter::new("info"));
    let mut builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if !std::io::stderr().is_terminal() {
        builder = builder.with_ansi(false);
    }
    // A second start, by a test of the same process, changes nothing.
    let first = match log.format {
        LogFormat::Human => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    tracing::trace!(first = first.is_ok(), "logging");
}

/// Commands print their own results; only what is wrong is logged. A statement that takes its time is not.
pub(super) fn start_for_command() {
    start(&Log { format: LogFormat::Human, level: "warn,sqlx::query=off".to_owned() });
}

/// While something else owns the terminal.
pub(super) fn start_in_file(file: File) {
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("info")).with_target(false);
    let first = builder.with_ansi(false).with_writer(Arc::new(file)).try_init();
    tracing::trace!(first = first.is_ok(), "logging");
}
