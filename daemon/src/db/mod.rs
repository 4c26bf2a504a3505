//! The only place that knows sqlx: one set of SQL over native SQLite and PostgreSQL drivers.
//!
//! A transaction cannot be had without a [`Scope`]. Writes run in tasks that a dropped request cannot cancel; on
//! SQLite they queue for one writer that commits whatever has queued with one fsync. Nothing here knows a table.

mod batch;
mod catalog;
mod commit;
mod copy;
mod error;
mod json;
mod migrate;
mod postgres;
mod query;
mod sqlite;
mod writer;

use std::sync::Arc;

use futures::future::BoxFuture;
use sqlx::{PgPool, SqlitePool};

pub use batch::Batch;
pub use catalog::{Column, Kind, Table};
pub use commit::{Committed, Listener};
pub use copy::Cell;
pub use error::DbError;
pub use json::Json;
pub use migrate::{Schema, pending};
pub use query::{Query, Record, Tx, Value};
pub use sqlite::Hold;

use crate::{domain::organization::OrgKey, tasks::Tasks};

/// Whose rows a transaction may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One organization's; every statement still names it.
    Org(OrgKey),
    /// The installation's: sign-in, number lookup, ingest across organizations, the job runner.
    System,
}

/// A database of either engine. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    listener: Listener,
}

#[derive(Clone)]
enum Engine {
    Sqlite { read: SqlitePool, writer: writer::Writer, hold: Arc<Hold> },
    Postgres { pool: PgPool, tasks: Tasks },
}

/// Which engine, for the few who must say it to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    Sqlite,
    Postgres,
}

impl Db {
    /// Opens `url` (`sqlite:FILE` or `postgres://…`) and brings its schema up to date.
    ///
    /// `hold` says whether this process is the daemon, which holds an SQLite file alone, or a command beside it.
    /// `listener` hears of every commit, in commit order.
    pub async fn open(url: &str, hold: Hold, tasks: &Tasks, listener: Listener) -> Result<Self, DbError> {
        let engine = if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Engine::Postgres { pool: postgres::connect(url).await?, tasks: tasks.clone() }
        } else {
            let file = sqlite::File::open(url, hold).await?;
            let writer = writer::Writer::start(file.write, tasks, listener.clone());
            Engine::Sqlite { read: file.read, writer, hold: Arc::new(file.hold) }
        };
        Ok(Self { engine, listener })
    }

    pub fn kind(&self) -> EngineKind {
        match self.engine {
            Engine::Sqlite { .. } => EngineKind::Sqlite,
            Engine::Postgres { .. } => EngineKind::Postgres,
        }
    }

    /// A read-only snapshot. Dropping it ends it.
    pub async fn read(&self, scope: Scope) -> Result<Tx, DbError> {
        match &self.engine {
            Engine::Sqlite { read, .. } => Ok(Tx::reader(read.begin().await?, scope)),
            Engine::Postgres { pool, .. } => {
                Ok(Tx::postgres(postgres::begin(pool, scope, postgres::Access::ReadOnly).await?, scope))
            }
        }
    }

    /// Runs `work` in a write transaction, commits, and tells the listener what was committed.
    ///
    /// The work goes on when the caller is dropped. It must do nothing slow but statements: on SQLite everybody waits
    /// for it. An error rolls back its own statements and nobody else's.
    pub async fn write<T, E, F>(&self, scope: Scope, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        match &self.engine {
            Engine::Sqlite { writer, .. } => writer.submit(scope, work).await,
            Engine::Postgres { pool, tasks } => {
                let (pool, listener) = (pool.clone(), self.listener.clone());
                let done = tasks.spawn(async move {
                    let mut tx =
                        Tx::postgres(postgres::begin(&pool, scope, postgres::Access::Write).await?, scope);
                    let value = work(&mut tx).await?;
                    let committed = tx.commit().await?;
                    listener.tell(committed);
                    Ok(value)
                });
                done.await.unwrap_or_else(|end| {
                    // As on SQLite: a panic is a defect of the work, not the end of the database.
                    let panicked = || DbError::Statement("the work panicked; see the log".into());
                    Err(if end.is_panic() { panicked() } else { DbError::Stopped }.into())
                })
            }
        }
    }

    /// Ends the pools after the last write; on SQLite folds the log into the file.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { read, writer, hold } => {
                read.close().await;
                writer.close().await;
                hold.release();
            }
            Engine::Postgres { pool, .. } => pool.close().await,
        }
    }
}
