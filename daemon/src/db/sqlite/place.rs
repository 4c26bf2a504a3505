//! Where the file lies: is it still the one that was opened, and how much room is there?

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::beside;

/// A file that is open, told from others of its name.
#[derive(Clone)]
pub(in crate::db) struct Place {
    file: PathBuf,
    identity: (u64, u64),
}

/// What can be seen from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub file: PathBuf,
    /// The name leads to another file by now, or to none.
    pub replaced: bool,
    /// Bytes free for this process on the disk.
    pub free: u64,
    /// Bytes of the write-ahead log.
    pub log: u64,
}

impl Place {
    pub(in crate::db) fn of(file: &Path) -> io::Result<Self> {
        let file = fs::canonicalize(file)?;
        let identity = identity(&file)?;
        Ok(Self { file, identity })
    }

    pub(in crate::db) fn file(&self) -> &Path {
        &self.file
    }

    pub(in crate::db) fn look(&self) -> io::Result<Look> {
        let replaced = match identity(&self.file) {
            Ok(found) => found != self.identity,
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(error),
        };
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let disk = rustix::fs::statvfs(folder)?;
        Ok(Look {
            file: self.file.clone(),
            replaced,
            free: disk.f_bavail.saturating_mul(disk.f_frsize),
            log: fs::metadata(beside(&self.file, "-wal")).map_or(0, |log| log.len()),
        })
    }
}

fn identity(file: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(file).map(|found| (found.dev(), found.ino()))
}
