//! The only place that knows sqlx: one set of SQL over native SQLite and PostgreSQL drivers.
//!
//! A transaction cannot be had without a [`Scope`]. Writes run in tasks that a dropped request cannot cancel; on
//! SQLite they queue for one writer that commits whatever has queued with one fsync. Nothing here knows a table.
//!
//! On PostgreSQL the scope holds below the statements, too: row security shows and takes rows of the organization in
//! `app.org` only. `app.scope = 'system'` opens them all; only [`Scope::System`] sets it, for one transaction. This
//! is a belt against statements of ours that forget their organization, not against SQL from outside: there is none.

mod batch;
mod care;
mod catalog;
mod commit;
mod copy;
mod error;
mod json;
mod lens;
mod meter;
mod migrate;
mod notice;
mod postgres;
mod query;
mod role;
mod row_security;
mod rows;
mod sqlite;
mod tally;
mod work;
mod writer;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use futures::future::BoxFuture;

pub use batch::Batch;
pub use catalog::{Column, Kind, Table};
pub use commit::{Committed, Listener};
pub use copy::Cell;
pub use error::DbError;
pub use json::{Hex, Json};
pub use lens::Lens;
pub use meter::{Meter, Pool, QueueMeter};
pub use migrate::{Schema, pending};
pub use query::{Query, Tx, Value, WriteEvents};
pub use role::prepare;
pub use rows::Record;
pub use sqlite::{Hold, Look};
pub use tally::Asked;

use crate::{
    domain::{organization::OrgKey, usage::Usage},
    limits,
    tasks::Tasks,
};
use query::Connection;
use tally::Tally;

/// Whose rows a transaction may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One organization's; every statement still names it.
    Org(OrgKey),
    /// The installation's: sign-in, number lookup, ingest across organizations, the job runner.
    System,
}

/// Where a database is and how to get there. Text alone is the address of a server or a file.
#[derive(Clone)]
pub struct Address {
    /// `sqlite:FILE` or `postgres://…`.
    pub url: String,
    /// A transaction pooler stands in front of the server.
    pub pooler: bool,
    /// The server itself, to be listened to past a pooler.
    pub listen_url: Option<String>,
}

impl Address {
    fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres:") || self.url.starts_with("postgresql:")
    }

    /// The SQLite file, there or not; `None` of a server.
    pub fn file(&self) -> Result<Option<PathBuf>, DbError> {
        if self.is_postgres() { Ok(None) } else { sqlite::file(&self.url).map(Some) }
    }

    /// The SQLite file, if it is not there yet.
    pub fn absent_file(&self) -> Result<Option<PathBuf>, DbError> {
        Ok(self.file()?.filter(|file| !file.exists()))
    }
}

impl<T: AsRef<str> + ?Sized> From<&T> for Address {
    fn from(url: &T) -> Self {
        Self { url: url.as_ref().to_owned(), pooler: false, listen_url: None }
    }
}

/// A database of either engine. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    listener: Listener,
    tally: Tally,
    meter: Meter,
}

#[derive(Clone)]
enum Engine {
    Sqlite { read: sqlite::Readers, writer: writer::Writer, hold: Arc<Hold>, place: Arc<sqlite::Place> },
    Postgres { server: postgres::Server, notices: notice::Notices, tasks: Tasks },
}

/// Which engine, for the few who must say it to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    Sqlite,
    Postgres,
}

impl Db {
    /// Refuses an SQLite file that a daemon holds at this moment; a server may have several.
    pub fn refuse_if_held(address: &Address) -> Result<(), DbError> {
        if address.is_postgres() { Ok(()) } else { Hold::check(&address.url) }
    }

    /// Refuses a database of either engine that a daemon is at work on at this moment.
    pub async fn refuse_if_served(address: &Address) -> Result<(), DbError> {
        if !address.is_postgres() {
            return Hold::check(&address.url);
        }
        if postgres::is_served(address).await? {
            return Err(DbError::Refused("a daemon or a command is at work on the database".into()));
        }
        Ok(())
    }

    /// Opens the database and brings its schema up to date, or makes sure that it is.
    ///
    /// `hold` says whether this process is a daemon, which holds an SQLite file alone and listens to other daemons, or
    /// a command beside it. `listener` hears of every commit, in commit order.
    pub async fn open(
        address: impl Into<Address>,
        hold: Hold,
        tasks: &Tasks,
        listener: Listener,
    ) -> Result<Self, DbError> {
        let address = address.into();
        if address.is_postgres() {
            return Self::open_postgres(&address, &hold, tasks, listener).await;
        }
        Ok(Self::on_file(sqlite::File::open(&address.url, hold).await?, tasks, listener))
    }

    /// Opens a copy of an SQLite file to be read, once it is known to be whole and of a version that this one knows.
    pub async fn open_copy(file: &Path, tasks: &Tasks) -> Result<Self, DbError> {
        Ok(Self::on_file(sqlite::File::open_copy(file).await?, tasks, Listener::deaf()))
    }

    fn on_file(file: sqlite::File, tasks: &Tasks, listener: Listener) -> Self {
        let (tally, meter) = (Tally::default(), Meter::default());
        let writer = writer::Writer::start(
            (file.write, file.beside),
            tasks,
            listener.clone(),
            (tally.clone(), meter.clone()),
        );
        let (hold, place) = (Arc::new(file.hold), Arc::new(file.place));
        Self { engine: Engine::Sqlite { read: file.read, writer, hold, place }, listener, tally, meter }
    }

    async fn open_postgres(
        address: &Address,
        hold: &Hold,
        tasks: &Tasks,
        listener: Listener,
    ) -> Result<Self, DbError> {
        let tally = Tally::default();
        let server = postgres::Server::open(address, &tally).await?;
        let notices = notice::Notices::start(server.pool.clone(), tasks);
        let direct = (!address.pooler).then_some(&address.url);
        if let (Hold::Daemon, Some(url)) = (hold, address.listen_url.as_ref().or(direct)) {
            notices.listen(url, listener.clone(), tasks)?;
        }
        let engine = Engine::Postgres { server, notices, tasks: tasks.clone() };
        Ok(Self { engine, listener, tally, meter: Meter::default() })
    }

    pub fn kind(&self) -> EngineKind {
        match self.engine {
            Engine::Sqlite { .. } => EngineKind::Sqlite,
            Engine::Postgres { .. } => EngineKind::Postgres,
        }
    }

    /// How often it was asked since it was opened.
    pub fn asked(&self) -> Asked {
        self.tally.asked()
    }

    /// What is measured of its commits.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Writes that wait for SQLite's one writer; a server has no such queue.
    pub fn waiting_writes(&self) -> usize {
        match &self.engine {
            Engine::Sqlite { writer, .. } => writer.waiting(),
            Engine::Postgres { .. } => 0,
        }
    }

    /// The connections that readers share, and on a server writers too.
    pub fn pool(&self) -> Pool {
        match &self.engine {
            Engine::Sqlite { read, .. } => read.pool(),
            Engine::Postgres { server, .. } => {
                let idle = u32::try_from(server.pool.num_idle()).unwrap_or(u32::MAX);
                Pool { open: server.pool.size(), idle }
            }
        }
    }

    /// Goes through the writer's queue and its transaction, and changes nothing.
    pub async fn takes_writes(&self) -> Result<(), DbError> {
        self.write(Scope::System, |_tx| Box::pin(async { Ok(()) })).await
    }

    /// A read-only snapshot for as many statements as follow. Dropping it ends it.
    pub async fn read(&self, scope: Scope) -> Result<Tx, DbError> {
        self.tally.round_trip();
        let connection = match &self.engine {
            Engine::Sqlite { read, .. } => Connection::Reader(read.snapshot().await?),
            Engine::Postgres { server, .. } => {
                let begun = server.begin(scope, postgres::Access::ReadOnly).await?;
                Connection::Postgres(begun, server.link())
            }
        };
        Ok(self.reading(connection, scope))
    }

    /// The same for one statement, which is a snapshot by itself: SQLite is not asked to begin and to end one.
    pub async fn ask(&self, scope: Scope) -> Result<Tx, DbError> {
        let connection = match &self.engine {
            Engine::Sqlite { read, .. } => Connection::Reader(read.one().await?),
            Engine::Postgres { .. } => return self.read(scope).await,
        };
        Ok(self.reading(connection, scope))
    }

    fn reading(&self, connection: Connection, scope: Scope) -> Tx {
        self.tally.transaction();
        Tx::new(connection, scope, self.tally.clone())
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
        self.tally.transaction();
        work::known(self.submit(scope, work::hidden(work)).await)
    }

    async fn submit(&self, scope: Scope, run: work::Run) -> work::Outcome {
        let (server, notices, tasks) = match &self.engine {
            Engine::Sqlite { writer, .. } => return writer.submit(scope, run).await,
            Engine::Postgres { server, notices, tasks } => (server.clone(), notices.clone(), tasks),
        };
        let (tally, meter, listener) = (self.tally.clone(), self.meter.clone(), self.listener.clone());
        let done = tasks.spawn(async move {
            tally.round_trip();
            let begun = server.begin(scope, postgres::Access::Write).await?;
            let mut tx = Tx::new(Connection::Postgres(begun, server.link()), scope, tally);
            let value = work::whole(&mut tx, run).await?;
            let begun = Instant::now();
            let committed = tx.commit().await?;
            meter.commit_seconds.observe(begun.elapsed().as_secs_f64());
            notices.gather(&committed);
            listener.tell(committed);
            Ok(value)
        });
        done.await.unwrap_or_else(|end| {
            // As on SQLite: a panic is a defect of the work, not the end of the database.
            let panicked = || DbError::Statement("the work panicked; see the log".into());
            Err(if end.is_panic() { panicked() } else { DbError::Stopped }.into())
        })
    }

    /// Tells the other daemons on the server what organizations used here since the last call. A file has one daemon.
    pub fn announce(&self, usage: HashMap<OrgKey, Usage>) {
        if let Engine::Postgres { notices, .. } = &self.engine {
            notices.announce(usage);
        }
    }

    /// Closes it and removes its SQLite file, which this process made and still holds, with everything beside it.
    pub async fn discard(&self, file: &Path) {
        if let Engine::Sqlite { read, writer, hold, .. } = &self.engine {
            read.close().await;
            writer.close().await;
            sqlite::remove(file);
            hold.release();
        }
    }

    /// Ends the pools after the last write; on SQLite folds the log into the file.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { read, writer, hold, .. } => {
                in_time(read.close()).await;
                writer.close().await;
                hold.release();
            }
            Engine::Postgres { server, notices, .. } => {
                in_time(async {
                    notices.send().await;
                    server.pool.close().await;
                })
                .await;
            }
        }
    }
}

/// What was stopped in the middle of a transaction may not come to an end.
async fn in_time(close: impl Future<Output = ()>) {
    if tokio::time::timeout(limits::DB_CLOSE, close).await.is_err() {
        tracing::warn!("the database was left with transactions open; it rolls them back");
    }
}
