//! The machine: files, disk, clock.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use lotline_common::At;

use super::Report;
use crate::{backup, clock::Drift, config::Config, job::disk::overdue};

const MEGABYTE: u64 = 1024 * 1024;
/// Below this a warning; below a tenth of it a failure.
const ROOM: u64 = 1024 * MEGABYTE;
/// Clocks may differ by this much before tokens and timers go wrong.
const DRIFT_SECONDS: u64 = 2;
const TIME_SERVICE: &str = "run a time service such as chrony or systemd-timesyncd";
/// No clock that is right is before this: the first of January 2026.
const EARLIEST: At = At::from_unix_seconds(1_767_225_600);

pub(super) fn secret_files(report: &mut Report, config: &Config) {
    for path in &config.secrets.files {
        let name = path.display();
        match std::fs::metadata(path).map(|meta| meta.permissions().mode() & 0o777) {
            Ok(mode) if mode.trailing_zeros() >= 6 => {
                report.ok("secret file", format!("{name} has mode {mode:04o}"));
            }
            Ok(mode) => report.warn(
                "secret file",
                format!("{name} has mode {mode:04o}: its group can read it"),
                format!("chmod 600 {name}, unless the group is meant to"),
            ),
            Err(error) => report.fail("secret file", format!("{name}: {error}"), "restore it from its copy"),
        }
    }
}

pub(super) fn disk(report: &mut Report, config: &Config) {
    let Some(folder) = folder_of(&config.database.url) else {
        return;
    };
    let free = match rustix::fs::statvfs(&folder) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(error) => {
            let text = format!("{}: {error}", folder.display());
            return report.fail("disk", text, "correct database.url");
        }
    };
    let text = format!("{} MB free in {}", free / MEGABYTE, folder.display());
    let advice = "make room: a full disk stops every text from coming in";
    match free {
        free if free < ROOM / 10 => report.fail("disk", text, advice),
        free if free < ROOM => report.warn("disk", text, advice),
        _ => report.ok("disk", text),
    }
}

/// Is there a fresh copy, and is the key elsewhere?
pub(super) fn backups(report: &mut Report, config: &Config, now: At) {
    if folder_of(&config.database.url).is_none() {
        return;
    }
    let Some(settings) = &config.backup else {
        let advice = "set backup.directory to a folder on another disk";
        return report.warn("backups", "none are made by themselves", advice);
    };
    let folder = settings.directory.display();
    match backup::age(&settings.directory, now) {
        Ok(Some(age)) if age < overdue(settings.every) => {
            let hours = age.as_secs() / 3600;
            report
                .ok("backups", format!("the newest in {folder} is {hours} h old; the key file is not in it"));
        }
        Ok(_) => {
            report.fail("backups", format!("no fresh one in {folder}"), "start the daemon and read its log")
        }
        Err(error) => report.fail("backups", error.to_string(), "make the folder, writable for the daemon"),
    }
}

/// Where an SQLite file lives; a PostgreSQL server looks after its own disk.
fn folder_of(url: &str) -> Option<PathBuf> {
    let file = url.strip_prefix("sqlite:")?;
    let file = file.strip_prefix("//").unwrap_or(file);
    let file = file.split('?').next()?;
    match Path::new(file).parent() {
        Some(folder) if folder != Path::new("") => Some(folder.to_owned()),
        _ => Some(PathBuf::from(".")),
    }
}

pub(super) fn clock(report: &mut Report, ours: At, theirs: At) {
    let drift = ours.since(theirs).max(theirs.since(ours));
    if ours < EARLIEST {
        report.fail("clock", format!("this machine believes it is {ours}"), TIME_SERVICE);
    } else if drift.as_secs() >= DRIFT_SECONDS {
        let text = format!("{} s away from the database's", drift.as_secs());
        report.fail("clock", text, TIME_SERVICE);
    } else {
        report.ok("clock", "agrees with the database's");
    }
}

/// Spoken of only when it is far away.
pub(super) fn clock_of_carrier(report: &mut Report, ahead: Drift) {
    if ahead != Drift::default() {
        let text = format!("{} s away from the carrier's", ahead.size().as_secs());
        report.fail("clock", text, TIME_SERVICE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_database_is_found() {
        let folder = |url| folder_of(url).map(|folder| folder.display().to_string());
        assert_eq!(folder("sqlite:lotline.db").as_deref(), Some("."));
        assert_eq!(folder("sqlite:///var/lib/lotline/a.db?mode=rw").as_deref(), Some("/var/lib/lotline"));
        assert_eq!(folder("sqlite:/var/lib/a.db").as_deref(), Some("/var/lib"));
        assert_eq!(folder("postgres://db/desk"), None);
    }
}
