//! Backups as files: a copy of the database, and beside it its SHA-256 in the format of `sha256sum`.

use std::{
    fmt::Write,
    fs, io,
    io::Read,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use aws_lc_rs::digest;
use lotline_common::At;

use crate::{db::DbError, limits};

/// Of the names that a daemon gives: sorted by name they are sorted by age.
const PREFIX: &str = "lotline-";
const ENDING: &str = ".db";
/// What is not finished.
const PART: &str = ".part";
const CHECKSUM: &str = ".sha256";

/// Why a backup was not made or is not taken. Every text says what is wrong with what.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{file}: {cause}")]
    File { file: String, cause: io::Error },
    #[error("{0}")]
    Unfit(String),
    #[error(transparent)]
    Database(#[from] DbError),
}

impl BackupError {
    pub fn file(file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.display().to_string();
        move |cause| Self::File { file, cause }
    }
}

/// A file on its way to its name; dropped before that, it is removed.
pub struct Part {
    to: PathBuf,
    part: PathBuf,
}

impl Part {
    /// Makes an empty file beside `to`, which must not be there yet, readable by its owner only.
    pub fn create(to: &Path) -> Result<Self, BackupError> {
        if to.exists() {
            return Err(BackupError::Unfit(format!(
                "{} is there already; nothing was written",
                to.display()
            )));
        }
        Self::create_over(to)
    }

    /// The same beside a file that may be there and is only replaced in the end.
    pub fn create_over(to: &Path) -> Result<Self, BackupError> {
        let part = ending(to, PART);
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BackupError::file(&part)(error))?,
            _ => {}
        }
        let made = fs::File::options().write(true).create_new(true).mode(0o600).open(&part);
        made.map_err(BackupError::file(&part))?;
        Ok(Self { to: to.to_owned(), part })
    }

    pub fn path(&self) -> &Path {
        &self.part
    }

    /// Waits until the disk has all of it.
    pub fn sync(&self) -> Result<(), BackupError> {
        let synced = fs::File::open(&self.part).and_then(|file| file.sync_all());
        synced.map_err(BackupError::file(&self.part))
    }

    /// Gives it its name. The disk has it when this returns, or nothing is there under that name.
    pub fn finish(self) -> Result<(), BackupError> {
        self.sync()?;
        fs::rename(&self.part, &self.to).map_err(BackupError::file(&self.to))?;
        sync_folder(&self.to)
    }

    /// The same with its checksum beside it.
    pub fn finish_with_checksum(self) -> Result<(), BackupError> {
        let (sum, beside) = (checksum(&self.part)?, ending(&self.to, CHECKSUM));
        let name = self.to.file_name().unwrap_or_default().display();
        let part = Self { to: beside.clone(), part: ending(&beside, PART) };
        fs::write(&part.part, format!("{sum}  {name}\n")).map_err(BackupError::file(&beside))?;
        part.finish()?;
        self.finish().inspect_err(|_unfinished| drop(fs::remove_file(beside)))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // A database that was opened under this name has left its own beside it.
        for end in ["", "-wal", "-shm"] {
            drop(fs::remove_file(ending(&self.part, end)));
        }
    }
}

/// Copies `from` into it, if it is what its checksum says.
pub fn copy_checked(from: &Path, part: &Part) -> Result<(), BackupError> {
    check(from)?;
    fs::copy(from, part.path()).map_err(BackupError::file(part.path()))?;
    if checksum(part.path())? != recorded(from)? {
        return Err(BackupError::Unfit(format!("{} changed while it was read", from.display())));
    }
    Ok(())
}

/// Is the file byte for byte what was written?
pub fn check(file: &Path) -> Result<(), BackupError> {
    let (recorded, found) = (recorded(file)?, checksum(file)?);
    if recorded == found {
        return Ok(());
    }
    let problem = "is not what was written: its checksum differs; take another copy or an older backup";
    Err(BackupError::Unfit(format!("{} {problem}", file.display())))
}

fn recorded(file: &Path) -> Result<String, BackupError> {
    let beside = ending(file, CHECKSUM);
    let text = fs::read_to_string(&beside).map_err(BackupError::file(&beside))?;
    Ok(text.split_whitespace().next().unwrap_or_default().to_owned())
}

fn checksum(file: &Path) -> Result<String, BackupError> {
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut open = fs::File::open(file).map_err(BackupError::file(file))?;
    let mut buffer = vec![0; limits::ARCHIVE_BYTES];
    loop {
        match open.read(&mut buffer).map_err(BackupError::file(file))? {
            0 => break,
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
    Ok(hash.finish().as_ref().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    }))
}

/// A moment in a file's name, to the second: `2026-10-09T08-53-20Z`.
pub fn stamp(at: At) -> String {
    let (text, seconds) = (at.to_string(), "2026-10-09T08:53:20".len());
    format!("{}Z", text.get(..seconds).unwrap_or(&text).replace(':', "-"))
}

/// The name of a backup that is begun now.
pub fn name_at(now: At) -> String {
    format!("{PREFIX}{}{ENDING}", stamp(now))
}

fn begun_at(name: &str) -> Option<At> {
    let (day, time) = name.strip_prefix(PREFIX)?.strip_suffix(ENDING)?.split_once('T')?;
    format!("{day}T{}", time.replace('-', ":")).parse().ok()
}

/// Backups that a daemon made in this folder with the times they were begun, the oldest first.
pub fn list(folder: &Path) -> Result<Vec<(PathBuf, At)>, BackupError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(BackupError::file(folder))? {
        let path = entry.map_err(BackupError::file(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(at) = begun_at(name) {
            found.push((path, at));
        }
    }
    found.sort();
    Ok(found)
}

/// How old the newest is, if there is one.
pub fn age(folder: &Path, now: At) -> Result<Option<Duration>, BackupError> {
    Ok(list(folder)?.last().map(|(_, at)| now.since(*at)))
}

/// Keeps the newest and removes the others.
pub fn rotate(folder: &Path, keep: usize) -> Result<(), BackupError> {
    let all = list(folder)?;
    for (old, _) in all.iter().rev().skip(keep) {
        fs::remove_file(old).map_err(BackupError::file(old))?;
        drop(fs::remove_file(ending(old, CHECKSUM)));
    }
    Ok(())
}

/// Removes what a backup that was killed left.
pub fn sweep(folder: &Path) -> Result<(), BackupError> {
    for entry in fs::read_dir(folder).map_err(BackupError::file(folder))? {
        let path = entry.map_err(BackupError::file(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with(PREFIX) && name.ends_with(PART) {
            fs::remove_file(&path).map_err(BackupError::file(&path))?;
        }
    }
    Ok(())
}

/// Waits until the disk has the name of the file as well.
pub fn sync_folder(file: &Path) -> Result<(), BackupError> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    fs::File::open(folder).and_then(|open| open.sync_all()).map_err(BackupError::file(folder))
}

/// The name of what lies beside a file.
pub fn ending(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A backup whose name does not say its age is never removed, and never counts as fresh.
    #[test]
    fn a_name_says_when_it_was_begun() {
        let at = At::from_unix_seconds(1_791_536_000);
        for at in [at, at + Duration::from_micros(999_999)] {
            assert_eq!(name_at(at), "lotline-2026-10-09T08-53-20Z.db");
        }
        assert_eq!(begun_at(&name_at(at)), Some(at));
        for other in ["lotline.db", "lotline-old.db", "lotline-2026-10-09T08-53-20Z.db.sha256"] {
            assert_eq!(begun_at(other), None, "{other}");
        }
    }
}
