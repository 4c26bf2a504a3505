//! Is the file what it should be? A look that costs milliseconds at every start, and a whole one for quiet hours.

use std::{fs, path::Path, time::Duration};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use tokio::time::{Instant, sleep};

use super::{beside, log, reader};
use crate::db::DbError;

/// "LOTL": other programs' files carry other numbers, or none.
const APPLICATION: i64 = 0x4c4f_544c;
/// Rows read from either end of every table at a start.
const SAMPLE: usize = 8;

/// Before anything is written to it: what SQLite would take for a new or a shorter database, and what is no database of
/// ours. `marked`: one was here.
pub(super) async fn before(file: &Path, marked: bool) -> Result<(), DbError> {
    let there = fs::metadata(file).map_or(0, |found| found.len()) > 0;
    let log = beside(file, "-wal");
    let left = fs::metadata(&log).map_or(0, |found| found.len()) > 0;
    if !there && (marked || left) {
        return Err(DbError::Damaged(format!(
            "{} is empty or gone, and something was in it. Put it back or restore a backup with `lotlined restore \
             --replace`; to begin anew, remove {1}-wal and {1}.lock",
            file.display(),
            file.display(),
        )));
    }
    if log::is_damaged(&log) {
        return Err(damaged(file, &format!("committed rows in {} cannot be read", log.display())));
    }
    if !there {
        return Ok(());
    }
    let mut connection = reader(file).connect().await.map_err(|error| explain(error.into(), file))?;
    let sound = sample(&mut connection, file).await;
    connection.close().await?;
    sound
}

/// Header, schema and a sample of every table.
pub(super) async fn sample(connection: &mut SqliteConnection, file: &Path) -> Result<(), DbError> {
    match look(connection).await {
        Ok(None) => Ok(()),
        Ok(Some(refusal)) => Err(DbError::Refused(format!("{} {refusal}", file.display()))),
        Err(error) => Err(explain(error.into(), file)),
    }
}

/// Tells whoever starts what to do about a damaged file.
pub(super) fn explain(error: DbError, file: &Path) -> DbError {
    match error {
        DbError::Damaged(cause) => damaged(file, &cause),
        other => other,
    }
}

fn damaged(file: &Path, cause: &str) -> DbError {
    DbError::Damaged(format!(
        "{} is damaged ({cause}). It was left as it is: keep it, and restore the newest backup with `lotlined \
         restore --replace FILE`",
        file.display()
    ))
}

async fn look(connection: &mut SqliteConnection) -> Result<Option<&'static str>, sqlx::Error> {
    let id: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    let tables = tables(connection).await?;
    let ours = tables.iter().any(|table| table == "_sqlx_migrations");
    if !(id == APPLICATION || id == 0 && (ours || tables.is_empty())) {
        return Ok(Some("is the database of another program; name another file in database.url"));
    }
    for table in tables {
        for order in ["ASC", "DESC"] {
            let key = key(connection, &table, order).await?;
            let rows = format!("SELECT * FROM {} ORDER BY {key} LIMIT {SAMPLE}", quoted(&table));
            sqlx::query(AssertSqlSafe(rows)).persistent(false).fetch_all(&mut *connection).await?;
        }
    }
    Ok(None)
}

/// The order in which the rows lie.
async fn key(connection: &mut SqliteConnection, table: &str, order: &str) -> Result<String, sqlx::Error> {
    let without_rowid = "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = $1";
    if !sqlx::query_scalar::<_, bool>(without_rowid).bind(table).fetch_one(&mut *connection).await? {
        return Ok(format!("rowid {order}"));
    }
    let columns = "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk";
    let columns: Vec<String> = sqlx::query_scalar(columns).bind(table).fetch_all(connection).await?;
    let columns: Vec<String> = columns.iter().map(|column| format!("{} {order}", quoted(column))).collect();
    Ok(columns.join(", "))
}

/// Says in the file whose it is.
pub(super) async fn sign(connection: &mut SqliteConnection) -> Result<(), DbError> {
    let id: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    if id != APPLICATION {
        let sign = format!("PRAGMA application_id = {APPLICATION}");
        sqlx::query(AssertSqlSafe(sign)).execute(connection).await?;
    }
    Ok(())
}

/// Every page of every table and index, one table after the other: no snapshot is held for longer than one of them
/// takes, and as long as that took nothing is done when `gently`. The first defect found, if there is one.
pub(super) async fn examine(
    connection: &mut SqliteConnection,
    gently: bool,
) -> Result<Option<String>, DbError> {
    for table in tables(connection).await? {
        let begun = Instant::now();
        let check = format!("PRAGMA integrity_check({})", quoted(&table));
        let found: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(check)).persistent(false).fetch_all(&mut *connection).await?;
        if let Some(defect) = found.into_iter().find(|line| line != "ok") {
            return Ok(Some(format!("{table}: {defect}")));
        }
        if gently {
            sleep(begun.elapsed().min(Duration::from_secs(5))).await;
        }
    }
    Ok(None)
}

async fn tables(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let tables = "SELECT name FROM pragma_table_list
        WHERE schema = 'main' AND type IN ('table', 'shadow') AND name NOT LIKE 'sqlite%' ORDER BY name";
    sqlx::query_scalar(tables).fetch_all(connection).await
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
