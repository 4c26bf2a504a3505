//! What commands say: results to standard output, complaints to standard error. A closed pipe is no error.

use std::io::Write;

use serde::Serialize;

use super::failure::Failure;

pub(super) fn say(text: impl std::fmt::Display) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

pub(super) fn complain(text: &str) {
    drop(writeln!(std::io::stderr(), "lotlined: {text}"));
}

pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    say(serde_json::to_string_pretty(value).map_err(Failure::failed)?);
    Ok(())
}
