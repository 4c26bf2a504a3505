//! The schema, embedded: one DDL for both engines, and what only one of them has.

use sqlx::{
    Connection, PgPool, SqlSafeStr, SqliteConnection,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use super::DbError;

macro_rules! files {
    ($folder:literal: $($version:literal $name:literal),+ $(,)?) => {
        &[$(($version, $name, include_str!(concat!("../../../migrations/", $folder, "/", $name, ".sql")))),+]
    };
}

type Files = &'static [(i64, &'static str, &'static str)];

const COMMON: Files = files!("common":
    1 "0001_organizations",
    2 "0002_numbers_and_accounts",
    3 "0003_leads",
    4 "0004_deliveries",
    5 "0005_events_and_jobs",
    6 "0006_lead_lists",
    12 "0012_search",
);
const SQLITE: Files = files!("sqlite": 900 "0900_append_only", 912 "0912_search", 913 "0913_one_tree");
const POSTGRES: Files = files!("postgres": 900 "0900_append_only", 912 "0912_search");

/// Newest version that this build knows.
pub struct Schema;

impl Schema {
    pub fn versions() -> Vec<i64> {
        COMMON.iter().map(|(version, ..)| *version).collect()
    }
}

/// Run by `run_direct`: the plain `run` makes a future that the compiler cannot prove to be `Send`.
fn migrator(extras: Files) -> Migrator {
    let migration = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(COMMON.iter().chain(extras).map(migration).collect())
}

pub(super) async fn run_sqlite(connection: &mut SqliteConnection) -> Result<(), DbError> {
    // Two commands starting at once take turns on the file; the second finds the work done.
    // sqlx's own lock does nothing on SQLite.
    let mut turn = connection.begin_with("BEGIN IMMEDIATE").await?;
    migrator(SQLITE).run_direct(None, &mut *turn, false).await.map_err(explain)?;
    Ok(turn.commit().await?)
}

pub(super) async fn run_postgres(pool: &PgPool) -> Result<(), DbError> {
    let mut connection = pool.acquire().await?;
    migrator(POSTGRES).run_direct(None, &mut *connection, false).await.map_err(explain)
}

/// Versions that an SQLite file or PostgreSQL database still lacks; changes nothing.
pub async fn pending(url: &str) -> Result<Vec<i64>, DbError> {
    let applied = if url.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(url).await?;
        sqlx::query_scalar::<_, i64>("SELECT version FROM _sqlx_migrations").fetch_all(&mut connection).await
    } else {
        let mut connection = SqliteConnection::connect(url).await?;
        sqlx::query_scalar::<_, i64>("SELECT version FROM _sqlx_migrations").fetch_all(&mut connection).await
    };
    // An empty database has no such table yet.
    let applied = applied.unwrap_or_default();
    let extras = if url.starts_with("postgres") { POSTGRES } else { SQLITE };
    Ok(COMMON.iter().chain(extras).map(|(version, ..)| *version).filter(|v| !applied.contains(v)).collect())
}

fn explain(error: MigrateError) -> DbError {
    match error {
        MigrateError::VersionMissing(version) => DbError::Refused(format!(
            "the database was written by a newer version (schema {version}): start that version, or restore a backup"
        )),
        MigrateError::VersionMismatch(version) => DbError::Refused(format!(
            "schema step {version} in the database differs from this build's: start the version that wrote it"
        )),
        MigrateError::Dirty(version) => DbError::Refused(format!(
            "schema step {version} was left half done: restore a backup made before it"
        )),
        other => DbError::Refused(format!("the schema could not be brought up to date: {other}")),
    }
}
