//! Copies the log into the file beside the writer, who would stand still for it.
//!
//! A checkpoint writes some hundred pages and waits for the disk twice. On a connection of its own it does so while texts are
//! taken. What is written meanwhile is left over, and the log begins anew only when nothing is: when it has become long, that
//! rest, a few pages, is copied by the writer between two batches.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sqlx::SqliteConnection;
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    db::{DbError, Tx},
    limits,
    tasks::Tasks,
};

const COPY: &str = "PRAGMA wal_checkpoint(PASSIVE)";
/// Tells how long the log is, and does nothing.
const LOOK: &str = "PRAGMA wal_checkpoint(NOOP)";

/// What the writer has of it.
pub(in crate::db) struct Checkpoints {
    wake: mpsc::Sender<()>,
    /// Commits since the last look.
    commits: usize,
    rest: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Checkpoints {
    /// `connection` is another than the writer's, to the same file.
    pub(in crate::db) fn start(connection: SqliteConnection, tasks: &Tasks) -> Self {
        let (wake, woken) = mpsc::channel(1);
        let rest = Arc::new(AtomicBool::new(false));
        let task = tasks.spawn_to_the_end(copy_whenever(connection, woken, rest.clone()));
        Self { wake, commits: 0, rest, task }
    }

    /// The writer has committed.
    pub(in crate::db) async fn committed(&mut self, tx: &mut Tx) {
        self.commits += 1;
        if self.commits >= limits::CHECKPOINT_LOOK {
            self.commits = 0;
            // Refused when it is about to look anyway.
            self.wake.try_send(()).ok();
        }
        if self.rest.swap(false, Ordering::Relaxed)
            && let Err(error) = tx.control(COPY).execute().await
        {
            warn(&error);
        }
    }

    /// Waits for a checkpoint that is under way: two at once are refused.
    pub(in crate::db) async fn end(self) {
        drop(self.wake);
        if let Err(error) = self.task.await {
            tracing::debug!(%error, "the checkpoints ended early");
        }
    }
}

async fn copy_whenever(
    mut connection: SqliteConnection,
    mut woken: mpsc::Receiver<()>,
    rest: Arc<AtomicBool>,
) {
    while woken.recv().await.is_some() {
        match copy(&mut connection).await {
            Ok(copied) => rest.store(copied, Ordering::Relaxed),
            Err(error) => warn(&error.into()),
        }
    }
}

/// Copies what is long enough. True if the log is so long that the writer is to copy what is left of it, which is little
/// after a second time.
async fn copy(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let (_busy, pages, copied): (i64, i64, i64) = sqlx::query_as(LOOK).fetch_one(&mut *connection).await?;
    if pages - copied < limits::CHECKPOINT_PAGES {
        return Ok(false);
    }
    let is_long = pages >= limits::CHECKPOINT_LONG_PAGES;
    for _ in 0..=usize::from(is_long) {
        sqlx::query(COPY).execute(&mut *connection).await?;
    }
    Ok(is_long)
}

/// Nothing is lost by it: the log is there, and grows.
fn warn(error: &DbError) {
    tracing::warn!(%error, "the write-ahead log was not copied into the database file");
}
