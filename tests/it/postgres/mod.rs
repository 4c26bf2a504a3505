//! What only a server can do or suffer: row security, roles, faults, a pooler, and the schema's twin.

mod deadlock;
mod fault;
mod pooler;
mod role;
mod row_security;
mod schema;

use lotlined::{
    db::{Db, DbError, Hold, Listener, Scope},
    tasks::Tasks,
};
use sqlx::{AssertSqlSafe, Executor, PgConnection};

/// Who waits for somebody else's lock.
pub(crate) const WAITING: &str = "SELECT COUNT(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'";

pub(crate) async fn open(url: &str) -> Result<Db, DbError> {
    Db::open(url, Hold::Daemon, &Tasks::new(), Listener::deaf()).await
}

/// Runs what a test made up.
pub(crate) async fn run(connection: &mut PgConnection, sql: impl Into<String>) {
    connection.execute(AssertSqlSafe(sql.into())).await.unwrap();
}

/// Adds a person, which is a row like any other; its number.
async fn write(db: &Db, number: i64) -> Result<(), DbError> {
    db.write(Scope::System, move |tx| {
        Box::pin(async move {
            tx.query(
                "INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, $2, '', '', $3)",
            )
            .bind(uuid::Uuid::now_v7())
            .bind(number.to_string())
            .bind(number)
            .execute()
            .await
            .map(drop)
        })
    })
    .await
}
