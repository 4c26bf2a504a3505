//! Databases to measure on: made once, copied for each run. SQLite's are kept under `target/bench`, PostgreSQL's as
//! long as its server.

mod cluster;
mod customer;
mod fill;

use std::{
    cell::Cell,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use lotlined::{
    action::gather_search,
    app::App,
    clock::Clock,
    config::Config,
    db::{DbError, Hold, Schema, Scope, prepare},
    domain::organization::OrgKey,
    store::search,
};

use crate::{
    Result,
    daemon::settings,
    database::{Database, is_sqlite, superuser},
    pin::Processors,
    shop::{self, FIRST},
};
use cluster::Cluster;
pub(crate) use customer::{name, vehicle};

/// Changes with what is written here.
const EDITION: u32 = 8;
/// Customers of one statement.
const CHUNK: usize = 2_000;
const EVENTS_AT_ONCE: i64 = 20_000;
const PAGES_AT_ONCE: i64 = 2_000;

/// Where databases come from.
pub(crate) enum Stores {
    /// Files in this folder.
    Sqlite(PathBuf),
    /// A server of our own; and how many copies it has made.
    Postgres(Cluster, Cell<u32>),
}

impl Stores {
    pub(crate) fn on_sqlite(folder: &Path) -> Self {
        Self::Sqlite(folder.to_owned())
    }

    pub(crate) fn on_postgres(root: &Path, processors: &Processors) -> Result<Self> {
        Ok(Self::Postgres(Cluster::start(root, processors)?, Cell::default()))
    }

    /// A database with the shops and `leads` of the first, each with one text; its URL.
    pub(crate) async fn copy(&self, leads: u64) -> Result<String> {
        match self {
            Self::Sqlite(folder) => {
                let run = folder.join("run.db");
                remove(&run);
                fs::copy(file(folder, leads).await?, &run)?;
                // What is still to be written of it and of its seed must not be written while something is measured.
                rustix::fs::sync();
                Ok(url(&run))
            }
            Self::Postgres(cluster, copies) => {
                let (seed, run) = (format!("seed_{leads}"), format!("run_{}", copies.get()));
                copies.set(copies.get() + 1);
                let mut server = Database::open(&cluster.database("postgres")).await?;
                if server.run(format!("CREATE DATABASE {seed}")).await.is_ok() {
                    make(&cluster.database(&seed), leads).await?;
                }
                server.run(format!("CREATE DATABASE {run} TEMPLATE {seed}")).await?;
                server.close().await?;
                Ok(cluster.database(&run))
            }
        }
    }
}

/// Removes a database and what stands beside it.
fn remove(file: &Path) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        // What is not there needs no removing.
        drop(fs::remove_file(format!("{}{suffix}", file.display())));
    }
}

fn url(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

async fn file(folder: &Path, leads: u64) -> Result<PathBuf> {
    let schema: Vec<String> = Schema::versions().iter().map(ToString::to_string).collect();
    let file = folder.join(format!("seed-{EDITION}-{}-{leads}.db", schema.concat()));
    if !file.exists() {
        let making = file.with_extension("making");
        remove(&making);
        make(&url(&making), leads).await?;
        fs::rename(&making, &file)?;
    }
    Ok(file)
}

/// The shops by the daemon's own actions; the leads by statements that hold thousands.
async fn make(url: &str, leads: u64) -> Result<()> {
    eprintln!("  seeding {leads} leads");
    if !is_sqlite(url) {
        prepare(&superuser(url), url).await?;
    }
    let app = open(url).await?;
    shop::build(&app).await?;
    app.close().await;
    let mut database = Database::open(url).await?;
    let quick = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA foreign_keys = OFF";
    database.run(database.pick(quick, "SET synchronous_commit = off").to_owned()).await?;
    let org = i64::try_from(FIRST)? + 1;
    let told = database.number("SELECT event_seq FROM organizations WHERE id = 1").await?;
    for from in (0..leads).step_by(CHUNK) {
        let to = leads.min(from + u64::try_from(CHUNK)?);
        fill::fill(&mut database, org, told, from..to).await?;
    }
    database.run(database.pick("PRAGMA journal_mode = WAL", "ANALYZE").to_owned()).await?;
    database.close().await?;
    make_searchable(url).await
}

/// As the daemon does within a day, in larger steps.
async fn make_searchable(url: &str) -> Result<()> {
    let app = open(url).await?;
    let org = OrgKey::new(i64::try_from(FIRST)? + 1);
    let advance = async || -> Result<bool> {
        let advanced =
            app.db.write(Scope::Org(org), move |tx| Box::pin(search::advance(tx, org, EVENTS_AT_ONCE)));
        advanced.await.map_err(|error: DbError| error.into())
    };
    while advance().await? {}
    gather_search::run(&app, PAGES_AT_ONCE, Duration::ZERO).await?;
    app.close().await;
    Ok(())
}

/// The daemon's application in this process, beside or before the daemon.
pub(crate) async fn open(url: &str) -> Result<Arc<App>> {
    let listen = ([127, 0, 0, 1], 1).into();
    let config = Config::from_toml(&settings(listen, url)).map_err(|problems| format!("{problems:?}"))?;
    Ok(Box::pin(App::open(config, Clock::system(), Hold::Command)).await?)
}
