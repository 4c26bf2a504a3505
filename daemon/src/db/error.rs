//! What can go wrong with a database, as far as callers must tell it apart.

/// A failed statement, commit or connection.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("no such row")]
    NotFound,
    /// A unique rule was violated; the name of the constraint or its columns.
    #[error("already there: {0}")]
    Taken(String),
    /// The disk is full or read-only: nothing was written.
    #[error("the disk of the database is full or read-only")]
    Full,
    /// The server takes no writes: it is a standby, or was told so.
    #[error("the database takes no writes now")]
    ReadOnly,
    /// The database does not answer in time or is away.
    #[error("the database is busy or away: {0}")]
    Busy(String),
    /// It and another transaction waited for each other, and this one was undone. The same may be tried again at once.
    #[error("another transaction was in the way: {0}")]
    Contended(String),
    #[error("the daemon is stopping")]
    Stopped,
    /// A statement is wrong, which is a defect of ours.
    #[error("statement: {0}")]
    Statement(String),
    /// The file, version or lock does not allow a start. The text says what to do.
    #[error("{0}")]
    Refused(String),
    /// The SQLite file is not what was written. The text of a start says what to do.
    #[error("{0}")]
    Damaged(String),
    /// The disk did not read or write as it should: nothing more may be written by this process.
    #[error("the disk of the database failed: {0}")]
    Failing(String),
    /// Another daemon holds this SQLite file.
    #[error("another daemon holds {0}")]
    Held(String),
    #[error(transparent)]
    Other(sqlx::Error),
}

impl DbError {
    /// The same error for another caller of a batch that failed as a whole.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::ReadOnly => Self::ReadOnly,
            Self::Stopped => Self::Stopped,
            Self::NotFound => Self::NotFound,
            Self::Busy(cause) => Self::Busy(cause.clone()),
            Self::Contended(cause) => Self::Contended(cause.clone()),
            Self::Failing(cause) => Self::Failing(cause.clone()),
            other => Self::Statement(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            // A protocol error is what a connection says whose other side vanished in the middle of an answer.
            sqlx::Error::PoolTimedOut
            | sqlx::Error::Io(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::BeginFailed => Self::Busy(error.to_string()),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Stopped,
            sqlx::Error::Database(db) if db.is_unique_violation() => {
                Self::Taken(db.constraint().map_or_else(|| db.message().to_owned(), str::to_owned))
            }
            sqlx::Error::Database(db) => match db.code().as_deref() {
                // SQLITE_FULL, SQLITE_READONLY and its extended codes; PostgreSQL disk_full.
                Some("13" | "8" | "264" | "776" | "1032" | "53100") => Self::Full,
                Some("25006") => Self::ReadOnly,
                // PostgreSQL deadlock and serialization.
                Some("40P01" | "40001") => Self::Contended(error.to_string()),
                Some(code) if is_passing(code) => Self::Busy(error.to_string()),
                Some(code) if is_damage(code) => Self::Damaged(db.message().to_owned()),
                Some(code) if is_failing(code) => Self::Failing(format!("{} ({code})", db.message())),
                _ => Self::Other(error),
            },
            _ => Self::Other(error),
        }
    }
}

/// SQLITE_CORRUPT, also of a virtual table or an index, and SQLITE_NOTADB.
fn is_damage(code: &str) -> bool {
    matches!(code, "11" | "26" | "267" | "523" | "779")
}

/// SQLITE_IOERR on reading, writing, fsync, fsync of the folder, truncating.
fn is_failing(code: &str) -> bool {
    matches!(code, "10" | "266" | "522" | "778" | "1034" | "1290" | "1546")
}

/// SQLITE_BUSY, SQLITE_LOCKED; PostgreSQL lock_not_available, query and idle time-outs, too
/// many connections, shutting down or starting, and every connection failure (class 08).
fn is_passing(code: &str) -> bool {
    matches!(
        code,
        "5" | "6" | "261" | "517" | "55P03" | "57014" | "25P03" | "53300" | "57P01" | "57P02" | "57P03"
    ) || (code.len() == 5 && code.starts_with("08"))
}
