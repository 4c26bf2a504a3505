//! Rows as their driver gives them. They are read here and not on their way, so that the program has the way once and
//! not for every kind of row.

use sqlx::{FromRow, postgres::PgRow, sqlite::SqliteRow};

use super::DbError;

/// A row both engines can produce; `#[derive(FromRow)]` or a tuple is enough.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

pub(super) enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl Rows {
    pub(super) fn read<T: Record>(self) -> Result<Vec<T>, DbError> {
        Ok(match self {
            Self::Sqlite(rows) => rows.iter().map(T::from_row).collect::<Result<_, _>>()?,
            Self::Postgres(rows) => rows.iter().map(T::from_row).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn read_first<T: Record>(self) -> Result<Option<T>, DbError> {
        Ok(match self {
            Self::Sqlite(rows) => rows.first().map(T::from_row).transpose()?,
            Self::Postgres(rows) => rows.first().map(T::from_row).transpose()?,
        })
    }
}
