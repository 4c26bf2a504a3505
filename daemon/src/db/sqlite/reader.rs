//! The connections that read a file. Who came back last goes out first, with its cache warm, and none is opened before
//! it is needed. A statement that nobody waits for any more is stopped.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use deadpool::{
    Runtime,
    managed::{self, Manager, Metrics, Object, PoolError, QueueMode, RecycleError, RecycleResult},
};
use futures::FutureExt;
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    db::{DbError, Pool},
    limits,
};

/// Steps of a statement between two looks at whether anybody waits for it: far less than a millisecond.
const STEPS: i32 = 10_000;

/// Cheap to clone.
#[derive(Clone)]
pub(in crate::db) struct Readers(managed::Pool<Opener>);

struct Opener(SqliteConnectOptions);

/// A connection, and whether it is not to be used again: nobody waits for its statement, or there are enough.
struct Opened {
    connection: SqliteConnection,
    given_up: Arc<AtomicBool>,
}

/// A connection while somebody reads. Dropping it ends its snapshot.
pub(in crate::db) struct Reader {
    opened: Object<Opener>,
    /// One for several statements; a single one is a snapshot by itself.
    snapshot: bool,
    asked: bool,
    /// A statement has not come to its end.
    under_way: bool,
}

impl Manager for Opener {
    type Type = Opened;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Opened, sqlx::Error> {
        let mut connection = self.0.connect().await?;
        let given_up = Arc::new(AtomicBool::new(false));
        let seen = given_up.clone();
        connection.lock_handle().await?.set_progress_handler(STEPS, move || !seen.load(Relaxed));
        Ok(Opened { connection, given_up })
    }

    /// A file does not hang up: asking whether it is there would cost a turn of its thread.
    async fn recycle(&self, opened: &mut Opened, _metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if opened.given_up.load(Relaxed) { Err(RecycleError::message("not needed")) } else { Ok(()) }
    }
}

impl Readers {
    /// At most `most` at once. The first is opened now: a file that cannot be read is no database.
    pub(in crate::db) async fn open(options: SqliteConnectOptions, most: usize) -> Result<Self, DbError> {
        let pool = managed::Pool::builder(Opener(options))
            .max_size(most)
            .queue_mode(QueueMode::Lifo)
            .wait_timeout(Some(limits::DB_WAIT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| DbError::Statement(error.to_string()))?;
        let readers = Self(pool);
        readers.one().await?;
        Ok(readers)
    }

    /// For one statement.
    pub(in crate::db) async fn one(&self) -> Result<Reader, DbError> {
        let opened = self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => DbError::from(error),
            PoolError::Closed => DbError::Stopped,
            late => DbError::Busy(late.to_string()),
        })?;
        Ok(Reader { opened, snapshot: false, asked: false, under_way: false })
    }

    /// Sees the file as it is now, for as many statements as follow.
    pub(in crate::db) async fn snapshot(&self) -> Result<Reader, DbError> {
        let mut reader = self.one().await?;
        reader.snapshot = true;
        sqlx::query("BEGIN").execute(&mut reader.opened.connection).await?;
        Ok(reader)
    }

    pub(in crate::db) fn pool(&self) -> Pool {
        let status = self.0.status();
        let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Pool { open: count(status.size), idle: count(status.available.min(status.size)) }
    }

    /// Waits for everybody who reads, and closes what they leave.
    pub(in crate::db) async fn close(&self) {
        let mut taken = Vec::new();
        while taken.len() < self.0.status().max_size
            && let Ok(opened) = self.0.get().await
        {
            taken.push(opened);
        }
        self.0.close();
        for opened in taken {
            if let Err(error) = Object::take(opened).connection.close().await {
                tracing::warn!(%error, "closing a reader of the database");
            }
        }
    }
}

impl Reader {
    /// Would another statement see what the one before it saw?
    pub(in crate::db) fn sees_the_same(&self) -> bool {
        self.snapshot || !self.asked
    }

    /// The connection for a statement, and what is to be set back at its end.
    pub(in crate::db) fn ask(&mut self) -> (&mut SqliteConnection, &mut bool) {
        (self.asked, self.under_way) = (true, true);
        (&mut self.opened.connection, &mut self.under_way)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let rest = Object::pool(&self.opened).map_or(0, |pool| pool.status().available);
        // Whoever came next would wait for its statement; and a rush leaves no caches behind.
        if self.under_way || rest >= limits::SQLITE_READERS_KEPT {
            self.opened.given_up.store(true, Relaxed);
        }
        if self.snapshot {
            // Asked once, the connection's thread ends it; nobody waits for that.
            drop(sqlx::query("ROLLBACK").execute(&mut self.opened.connection).now_or_never());
        }
    }
}
