//! The schema, embedded: one DDL for both engines, and what only one of them has.

use sqlx::{
    Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use super::{Address, DbError, postgres};

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
    7 "0007_people",
    8 "0008_audit",
    9 "0009_data_at_rest",
    10 "0010_idempotency_keys",
    11 "0011_several_daemons",
    12 "0012_search",
    13 "0013_key_scopes",
    14 "0014_attempts",
    15 "0015_listed_numbers",
    16 "0016_alarms",
    17 "0017_breakers",
    18 "0018_dead_jobs",
    19 "0019_restorations",
    20 "0020_followed_messages",
    21 "0021_silence",
    22 "0022_lists_of_few",
    23 "0023_filtered",
    24 "0024_last_said",
    25 "0025_sid_of_a_lead",
);
const SQLITE: Files = files!("sqlite":
    900 "0900_append_only",
    908 "0908_audit",
    909 "0909_retention",
    912 "0912_search",
    913 "0913_one_tree",
    914 "0914_sort_name",
    915 "0915_contacts_of_a_lead",
    916 "0916_beginnings",
    917 "0917_contacts_in_order",
    918 "0918_receipts_at_the_end",
);
const POSTGRES: Files = files!("postgres":
    900 "0900_append_only",
    908 "0908_audit",
    909 "0909_retention",
    912 "0912_search",
    913 "0913_one_key",
    914 "0914_search_functions",
    915 "0915_sort_name",
    916 "0916_contacts_of_a_lead",
    917 "0917_beginnings",
    918 "0918_contacts_in_order",
);

const APPLIED: &str = "SELECT version, description, checksum, success FROM _sqlx_migrations ORDER BY version";
/// Between a step's name and the program that did it: an older program tells which one to use.
const BY: &str = " by ";
const PROGRAM: &str = concat!("lotlined ", env!("CARGO_PKG_VERSION"));

type Applied = (i64, String, Vec<u8>, bool);

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
        let name = format!("{name}{BY}{PROGRAM}");
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let mut all: Vec<Migration> = COMMON.iter().chain(extras).map(migration).collect();
    all.sort_unstable_by_key(|migration| migration.version);
    Migrator::with_migrations(all)
}

pub(super) async fn run_sqlite(connection: &mut SqliteConnection) -> Result<(), DbError> {
    // Two commands starting at once take turns on the file; the second finds the work done.
    // sqlx's own lock does nothing on SQLite.
    let mut turn = connection.begin_with("BEGIN IMMEDIATE").await?;
    if !pending_sqlite(&mut turn).await?.is_empty() {
        migrator(SQLITE).run_direct(None, &mut *turn, false).await.map_err(explain)?;
    }
    Ok(turn.commit().await?)
}

/// As the owner of the tables. Rows of every organization are changed, which row security would hide even from it.
pub(super) async fn run_postgres(connection: &mut PgConnection) -> Result<(), DbError> {
    if pending_postgres(connection).await?.is_empty() {
        return Ok(());
    }
    connection.execute("SET app.scope = 'system'").await?;
    migrator(POSTGRES).run_direct(None, &mut *connection, false).await.map_err(explain)?;
    connection.execute("RESET app.scope").await?;
    Ok(())
}

/// Versions that an SQLite file or PostgreSQL database still lacks; changes nothing.
pub async fn pending(address: impl Into<Address>) -> Result<Vec<i64>, DbError> {
    let address = address.into();
    if address.is_postgres() {
        let options = postgres::options(&address.url, address.pooler)?;
        let mut connection = PgConnection::connect_with(&options).await?;
        return pending_postgres(&mut *connection.begin().await?).await;
    }
    pending_sqlite(&mut SqliteConnection::connect(&address.url).await?).await
}

async fn pending_sqlite(connection: &mut SqliteConnection) -> Result<Vec<i64>, DbError> {
    // An empty database has no such table yet.
    let applied = sqlx::query_as(APPLIED).fetch_all(connection).await.unwrap_or_default();
    missing(&migrator(SQLITE), &applied)
}

pub(super) async fn pending_postgres(connection: &mut PgConnection) -> Result<Vec<i64>, DbError> {
    let table = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
    let begun: bool = sqlx::query_scalar(table).persistent(false).fetch_one(&mut *connection).await?;
    let mut applied = Vec::new();
    if begun {
        applied = sqlx::query_as(APPLIED).persistent(false).fetch_all(connection).await?;
    }
    missing(&migrator(POSTGRES), &applied)
}

/// An error when a newer or another version wrote this file, or none of ours did.
pub(super) async fn known(connection: &mut SqliteConnection) -> Result<(), DbError> {
    let applied: Vec<Applied> = sqlx::query_as(APPLIED).fetch_all(connection).await?;
    missing(&migrator(SQLITE), &applied).map(drop)
}

/// The steps that are to be done; an error when this build must not touch the database.
fn missing(migrator: &Migrator, applied: &[Applied]) -> Result<Vec<i64>, DbError> {
    // The newest step tells the newest program.
    for (version, name, checksum, success) in applied.iter().rev() {
        let known = migrator.iter().find(|known| known.version == *version);
        let known = known.ok_or_else(|| newer(*version, name))?;
        if !success {
            return Err(explain(MigrateError::Dirty(*version)));
        }
        if *known.checksum != **checksum {
            return Err(explain(MigrateError::VersionMismatch(*version)));
        }
    }
    let is_done = |version: i64| applied.iter().any(|(done, ..)| *done == version);
    Ok(migrator.iter().map(|known| known.version).filter(|version| !is_done(*version)).collect())
}

fn newer(version: i64, step: &str) -> DbError {
    let program = step.rsplit_once(BY).map_or("a newer version", |(_name, program)| program);
    DbError::Refused(format!(
        "the database was written by {program} (schema {version}) and this is {PROGRAM}: start that version, or restore \
         a backup made before it"
    ))
}

fn explain(error: MigrateError) -> DbError {
    match error {
        MigrateError::VersionMismatch(version) => DbError::Refused(format!(
            "schema step {version} in the database differs from this build's: start the version that wrote it"
        )),
        MigrateError::Dirty(version) => DbError::Refused(format!(
            "schema step {version} was left half done: restore a backup made before it"
        )),
        other => DbError::Refused(format!("the schema could not be brought up to date: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::*;

    /// A file that nobody lists is a table that is not there on any installation.
    #[test]
    fn every_migration_on_disk_is_run() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
        for (folder, files) in [("common", COMMON), ("sqlite", SQLITE), ("postgres", POSTGRES)] {
            let there = fs::read_dir(format!("{root}/{folder}")).unwrap();
            let there: BTreeSet<String> =
                there.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
            let listed: BTreeSet<String> = files.iter().map(|(_, name, _)| format!("{name}.sql")).collect();
            assert_eq!(there, listed, "{folder}");
            assert!(files.iter().all(|(version, name, _)| name.starts_with(&format!("{version:04}_"))));
            assert!(files.is_sorted_by_key(|(version, ..)| version));
        }
    }
}
