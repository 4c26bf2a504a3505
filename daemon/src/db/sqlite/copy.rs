//! A copy of the file as it is at one moment, whoever goes on writing.

use std::path::Path;

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{reader, sound};
use crate::db::{DbError, migrate};

/// Writes a copy into `to`, which is empty. It is on the disk only when somebody has asked for that.
pub(in crate::db) async fn copy_to(file: &Path, to: &Path) -> Result<(), DbError> {
    let to = to.to_str().ok_or_else(|| DbError::Refused("the name of the copy is not UTF-8".into()))?;
    let mut connection = reader(file).connect().await?;
    let copied = sqlx::query("VACUUM INTO $1").bind(to).execute(&mut connection).await;
    connection.close().await?;
    Ok(copied.map(drop)?)
}

/// Opens a copy that nobody writes to, and makes sure that it is whole and that this program knows its schema.
pub(super) async fn open(file: &Path) -> Result<SqliteConnection, DbError> {
    let mut connection = options(file).connect().await?;
    sound::sample(&mut connection, file).await?;
    if let Some(defect) = sound::examine(&mut connection, false).await? {
        return Err(DbError::Damaged(format!("{} is damaged: {defect}", file.display())));
    }
    migrate::known(&mut connection).await?;
    Ok(connection)
}

pub(super) fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(file).read_only(true).immutable(true)
}
