//! Secrets for commands: from a file, from standard input, or from a prompt that does not echo.

use std::{
    fs::OpenOptions,
    io::{IsTerminal, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use secrecy::SecretString;

use super::{Done, failure::Failure};

/// Longest secret, in bytes; more is a wrong file.
const LONGEST: u64 = 4096;

/// Reads `file` (`-` is standard input); without one asks at a terminal, or reads standard input.
pub(super) fn read(file: Option<&Path>, what: &str) -> Result<SecretString, Failure> {
    match file {
        Some(path) if path != Path::new("-") => from_file(path),
        None if std::io::stdin().is_terminal() => ask(what),
        Some(_) | None => from_stdin(what),
    }
}

/// One line of standard input.
pub(super) fn from_stdin(what: &str) -> Result<SecretString, Failure> {
    line(std::io::stdin(), what)
}

fn from_file(path: &Path) -> Result<SecretString, Failure> {
    if crate::config::open_to_others(path) {
        return Err(Failure::usage(format!("others can read {}; chmod 600 it", path.display())));
    }
    let file = std::fs::File::open(path)
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))?;
    line(file, &path.display().to_string())
}

fn line(source: impl Read, what: &str) -> Result<SecretString, Failure> {
    let mut text = zeroize::Zeroizing::new(String::new());
    source
        .take(LONGEST)
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("{what} cannot be read: {error}")))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(SecretString::from(line)),
        _ => Err(Failure::usage(format!("{what} is empty"))),
    }
}

fn ask(what: &str) -> Result<SecretString, Failure> {
    rpassword::prompt_password(format!("{what}: ")).map(SecretString::from).map_err(Failure::failed)
}

/// A new file that only its owner can read, from its first byte on.
pub(super) fn write(path: &Path, text: &str) -> Done {
    let told = |error| Failure::failed(format!("{} cannot be written: {error}", path.display()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(told)?;
    file.write_all(text.trim_end().as_bytes()).map_err(told)?;
    file.write_all(b"\n").map_err(told)?;
    file.sync_all().map_err(told)
}
