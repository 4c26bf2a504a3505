//! The database itself, beside the daemon: to fill it, and to ask what is in it.

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::Result;

/// A connection of our own.
pub(crate) enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The same call on either engine's connection.
macro_rules! on_either {
    ($database:expr, $connection:ident => $call:expr) => {
        match $database {
            Database::Sqlite($connection) => Ok($call.await?),
            Database::Postgres($connection) => Ok($call.await?),
        }
    };
}

impl Database {
    /// On PostgreSQL as the superuser: the daemon's own role sees no row without naming an organization.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        if is_sqlite(url) {
            return Ok(Self::Sqlite(SqliteConnection::connect(url).await?));
        }
        Ok(Self::Postgres(PgConnection::connect(&superuser(url)).await?))
    }

    pub(crate) fn pick<T>(&self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    pub(crate) async fn number(&mut self, sql: &'static str) -> Result<i64> {
        on_either!(self, connection => sqlx::query_scalar(sql).fetch_one(connection))
    }

    pub(crate) async fn ids(&mut self, sql: &'static str) -> Result<Vec<Uuid>> {
        on_either!(self, connection => sqlx::query_scalar(sql).fetch_all(connection))
    }

    /// Statements without parameters.
    pub(crate) async fn run(&mut self, sql: String) -> Result<()> {
        on_either!(self, connection => async { sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop) })
    }

    /// `$1` is a JSON array, `$2` the organization.
    pub(crate) async fn fill(&mut self, sql: String, rows: &str, org: i64) -> Result<()> {
        on_either!(self, connection => async {
            sqlx::query(AssertSqlSafe(sql)).bind(rows).bind(org).execute(connection).await.map(drop)
        })
    }

    pub(crate) async fn close(self) -> Result<()> {
        on_either!(self, connection => connection.close())
    }
}

/// An SQLite file is one daemon's, on its own processor; a server has processes of its own.
pub(crate) fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

/// The address of the same PostgreSQL database for its superuser.
pub(crate) fn superuser(url: &str) -> String {
    url.split_once('@').map_or_else(|| url.to_owned(), |(_, place)| format!("postgres://postgres@{place}"))
}
