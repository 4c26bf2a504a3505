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
    let lock_timeout = format!("{}ms", limits::DB_WAIT.as_millis());
    let options = options.application_name("lotlined").options([
        // More than a lock may take, whose error says more.
        ("statement_timeout", "8s"),
        ("lock_timeout", &lock_timeout),
        ("idle_in_transaction_session_timeout", "10s"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(limits::POSTGRES_CONNECTIONS)
        .acquire_timeout(limits::DB_WAIT)
        // A `begin` that was cancelled can leave its transaction open on the connection; the next borrower must not inherit it.
        // A rollback alone would be a warning in the server's log nearly every time.
        .after_release(|connection, _meta| {
            Box::pin(async move {
                connection.execute("BEGIN; ROLLBACK").await?;
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
