//! The PostgreSQL pool and its scoped transactions.

use sqlx::{
    AssertSqlSafe, Executor, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{DbError, Scope, migrate};
use crate::limits;

pub(super) async fn connect(url: &str) -> Result<PgPool, DbError> {
    let options: PgConnectOptions =
        url.parse().map_err(|e| DbError::Refused(format!("database.url is not postgres://…: {e}")))?;
    let options = options.application_name("lotlined").options([
        ("statement_timeout", "5s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
        // The rollback below finds nothing to roll back nearly every time; each would be a warning in our log.
        ("client_min_messages", "error"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(limits::POSTGRES_CONNECTIONS)
        .acquire_timeout(limits::DB_WAIT)
        // A `begin` that was cancelled can leave its transaction open on the connection; the next borrower must not inherit it.
        .after_release(|connection, _meta| {
            Box::pin(async move {
                connection.execute("ROLLBACK").await?;
                Ok(true)
            })
        })
        .connect_with(options)
        .await?;
    migrate::run_postgres(&pool).await?;
    Ok(pool)
}

#[derive(Clone, Copy)]
pub(super) enum Access {
    ReadOnly,
    Write,
}

/// Begins and sets the scope in one round trip. The number cannot inject anything.
pub(super) async fn begin(
    pool: &PgPool,
    scope: Scope,
    access: Access,
) -> Result<Transaction<'static, Postgres>, DbError> {
    let begin = match access {
        Access::ReadOnly => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        Access::Write => "BEGIN",
    };
    let sql = match scope {
        Scope::Org(org) => format!("{begin}; SET LOCAL app.org = '{}'", org.number()),
        Scope::System => begin.to_owned(),
    };
    Ok(pool.begin_with(AssertSqlSafe(sql)).await?)
}
