//! Opening an SQLite file: durable, checked, and held by one daemon at a time.

mod checkpoint;
mod copy;
mod gate;
mod log;
mod place;
mod reader;
mod sound;

use std::{
    fs,
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Mutex,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

pub use self::place::Look;
pub(super) use self::{
    checkpoint::Checkpoints,
    copy::copy_to,
    gate::Gate,
    place::Place,
    reader::{Reader, Readers},
};
use super::{DbError, migrate};
use crate::limits;

/// In the lock of a file that was opened once: if that file is empty or gone, it was not always so.
const MARK: &[u8] = b"a database\n";

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
        let lock = fs::File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let lock = lock.map_err(|e| DbError::Refused(format!("cannot create {}: {e}", path.display())))?;
        lock.try_lock().map_err(|_held| DbError::Held(file.display().to_string()))?;
        Ok(Self::Locked(Mutex::new(Some(lock))))
    }

    /// Holds a file that is there or not.
    pub(super) fn of(file: &Path) -> Result<Self, DbError> {
        Self::Daemon.acquire(file)
    }

    /// Is the file free for a daemon at this moment?
    pub(super) fn check(url: &str) -> Result<(), DbError> {
        let options = options(url)?;
        if options.get_filename().exists() {
            Self::Daemon.acquire(options.get_filename())?.release();
        }
        Ok(())
    }

    /// The daemon's lock says that a database was here.
    fn is_marked(&self) -> bool {
        let mut found = Vec::new();
        self.with_lock(|mut lock| lock.read_to_end(&mut found).map(drop));
        found == MARK
    }

    fn mark(&self) {
        if !self.is_marked() {
            self.with_lock(|mut lock| lock.write_all(MARK));
        }
    }

    fn with_lock(&self, work: impl FnOnce(&fs::File) -> std::io::Result<()>) {
        if let Self::Locked(file) = self
            && let Some(file) = &*file.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
            && let Err(error) = (&*file).rewind().and_then(|()| work(file))
        {
            tracing::warn!(%error, "the lock beside the database could not be read or written");
        }
    }

    pub(super) fn release(&self) {
        if let Self::Locked(file) = self {
            drop(file.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
        }
    }
}

pub(super) struct File {
    pub(super) read: Readers,
    pub(super) write: Box<SqliteConnection>,
    /// The daemon's, for checkpoints; a command's writer makes its own.
    pub(super) beside: Option<SqliteConnection>,
    pub(super) hold: Hold,
    pub(super) place: Place,
}

impl File {
    pub(super) async fn open(url: &str, hold: Hold) -> Result<Self, DbError> {
        let options = options(url)?;
        let name = options.get_filename().to_owned();
        let hold = hold.acquire(&name)?;
        if matches!(hold, Hold::Locked(_)) {
            sound::before(&name, hold.is_marked()).await?;
        }
        let mut write = connect(&options).await.map_err(|error| sound::explain(error, &name))?;
        migrate::run_sqlite(&mut write).await?;
        sound::sign(&mut write).await?;
        let mut beside = None;
        if matches!(hold, Hold::Locked(_)) {
            // Later commits must not stand on a log whose last fsync may have failed.
            fold(&mut write).await;
            hold.mark();
            let late = format!("PRAGMA wal_autocheckpoint = {}", limits::CHECKPOINT_LATE_PAGES);
            sqlx::query(AssertSqlSafe(late)).execute(&mut write).await?;
            beside = Some(options.connect().await?);
        }
        // Readers begin with the inner pages of the trees; more is the operating system's to keep, once for all of them.
        let options = options.read_only(true).pragma("query_only", "ON").pragma("cache_size", "-2048");
        let read = Readers::open(options, limits::SQLITE_READERS).await?;
        Ok(Self { read, write: Box::new(write), beside, hold, place: place(&name)? })
    }

    /// A copy at rest: both sides only read.
    pub(super) async fn open_copy(file: &Path) -> Result<Self, DbError> {
        let write = Box::new(copy::open(file).await?);
        let read = Readers::open(copy::options(file), 1).await?;
        Ok(Self { read, write, beside: None, hold: Hold::Command, place: place(file)? })
    }
}

fn place(file: &Path) -> Result<Place, DbError> {
    Place::of(file).map_err(|error| DbError::Refused(format!("{}: {error}", file.display())))
}

async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, DbError> {
    let mut connection = options.connect().await?;
    check_library(&mut connection).await?;
    Ok(connection)
}

pub(super) fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Looks at the whole file through a connection of its own; the first defect found.
pub(super) async fn examine(file: &Path, gently: bool) -> Result<Option<String>, DbError> {
    let mut connection = reader(file).connect().await?;
    let found = sound::examine(&mut connection, gently).await;
    connection.close().await?;
    found
}

/// Folds a log that readers kept from being folded; waits for them a moment only, since everybody waits meanwhile.
pub(super) async fn fold_beside(file: &Path) -> Result<(), DbError> {
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(limits::LOG_FOLD_WAIT);
    let mut connection = options.connect().await?;
    fold(&mut connection).await;
    Ok(connection.close().await?)
}

fn reader(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(limits::DB_WAIT)
}

async fn fold(connection: &mut SqliteConnection) {
    if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(connection).await {
        tracing::warn!(%error, "the write-ahead log was not folded into the database file");
    }
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
        .pragma("journal_size_limit", limits::LOG_LARGE.to_string())
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
    fold(&mut connection).await;
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "closing the database");
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, SqliteConnection};

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

    /// Lost: a third of each page of a list, silently, when the build forgets how SQLite is to be built.
    #[tokio::test]
    async fn the_library_is_built_as_it_is_meant_to_be() {
        let mut memory = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for (option, is_used) in
            [("ENABLE_QPSG", true), ("DEFAULT_MEMSTATUS=0", true), ("ENABLE_API_ARMOR", false)]
        {
            let asked = sqlx::query_scalar("SELECT sqlite_compileoption_used($1)").bind(option);
            let used: bool = asked.fetch_one(&mut memory).await.unwrap();
            assert_eq!(used, is_used, "{option}: .cargo/config.toml");
        }
    }
}
