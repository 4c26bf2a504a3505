//! Opening an SQLite file: durable, checked, and held by one daemon at a time.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Mutex,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{DbError, migrate};
use crate::limits;

/// Older libraries can lose commits or corrupt the file when the log is reset during a checkpoint.
const OLDEST_SAFE_LIBRARY: (u32, u32, u32) = (3, 51, 3);

/// Who opens the file.
pub enum Hold {
    /// The daemon: nobody else may serve from this file.
    Daemon,
    /// A command that changes something and ends; it may run beside the daemon.
    Command,
    /// The daemon, holding. Released at `Hold::release` or when the process ends, however it ends.
    Locked(Mutex<Option<fs::File>>),
}

impl Hold {
    fn acquire(self, file: &Path) -> Result<Self, DbError> {
        if !matches!(self, Self::Daemon) {
            return Ok(self);
        }
        // Whatever the file is called here, it has one lock.
        let file = &fs::canonicalize(file).unwrap_or_else(|_absent| file.to_owned());
        let path = beside(file, ".lock");
        let lock = fs::File::create(&path)
            .map_err(|e| DbError::Refused(format!("cannot create {}: {e}", path.display())))?;
        lock.try_lock().map_err(|_held| DbError::Held(file.display().to_string()))?;
        Ok(Self::Locked(Mutex::new(Some(lock))))
    }

    /// Is the file free for a daemon at this moment?
    pub(super) fn check(url: &str) -> Result<(), DbError> {
        let options = options(url)?;
        if options.get_filename().exists() {
            Self::Daemon.acquire(options.get_filename())?.release();
        }
        Ok(())
    }

    pub(super) fn release(&self) {
        if let Self::Locked(file) = self {
            drop(file.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
        }
    }
}

pub(super) struct File {
    pub(super) read: SqlitePool,
    pub(super) write: Box<SqliteConnection>,
    pub(super) hold: Hold,
}

impl File {
    pub(super) async fn open(url: &str, hold: Hold) -> Result<Self, DbError> {
        let options = options(url)?;
        let hold = hold.acquire(options.get_filename())?;
        let mut write = options.connect().await?;
        check_library(&mut write).await?;
        migrate::run_sqlite(&mut write).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(limits::SQLITE_READERS)
            .acquire_timeout(limits::DB_WAIT)
            .connect_with(options.read_only(true).pragma("query_only", "ON"))
            .await?;
        Ok(Self { read, write: Box::new(write), hold })
    }
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Removes a database and what SQLite and we keep beside it.
pub(super) fn remove(file: &Path) {
    for end in ["-wal", "-shm", "", ".lock"] {
        let path = beside(file, end);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, file = %path.display(), "the file could not be removed");
            }
            _ => {}
        }
    }
}

pub(super) fn file(url: &str) -> Result<PathBuf, DbError> {
    Ok(options(url)?.get_filename().to_owned())
}

/// `synchronous=FULL`: with NORMAL every commit since the last checkpoint is lost at a power cut.
/// `mmap_size=0`: mapped pages count as resident and are slower for a write load.
fn options(url: &str) -> Result<SqliteConnectOptions, DbError> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|e| DbError::Refused(format!("database.url is not sqlite:FILE or postgres://…: {e}")))?;
    Ok(options
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(limits::DB_WAIT)
        .statement_cache_capacity(256)
        // What is erased is overwritten and does not lie in the file's free pages.
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("mmap_size", "0")
        .pragma("cache_size", "-16384")
        .pragma("wal_autocheckpoint", "1000")
        .pragma("journal_size_limit", "67108864")
        .pragma("trusted_schema", "OFF"))
}

async fn check_library(connection: &mut SqliteConnection) -> Result<(), DbError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut *connection).await?;
    if !is_safe(&version) {
        let (major, minor, patch) = OLDEST_SAFE_LIBRARY;
        return Err(DbError::Refused(format!(
            "SQLite {version} can lose committed rows; build with {major}.{minor}.{patch} or newer"
        )));
    }
    Ok(())
}

fn is_safe(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next()) >= OLDEST_SAFE_LIBRARY
}

/// Folds the log into the file, so that a copy of the one file is whole.
pub(super) async fn close(mut connection: Box<SqliteConnection>) {
    let folded = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *connection).await;
    if let Err(error) = folded {
        tracing::warn!(%error, "the write-ahead log was not folded into the database file");
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "closing the database");
    }
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    /// A library that can lose commits must not be linked in by a careless update.
    #[test]
    fn libraries_are_told_apart_by_number_and_not_by_letter() {
        for safe in ["3.51.3", "3.51.10", "3.52.0", "4.0.0"] {
            assert!(is_safe(safe), "{safe}");
        }
        for unsafe_one in ["3.51.2", "3.9.99", "3.51", "2.99.99", "", "new"] {
            assert!(!is_safe(unsafe_one), "{unsafe_one}");
        }
    }
}
