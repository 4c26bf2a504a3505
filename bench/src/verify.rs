//! Was it really done? Asked of the database itself, beside the daemon.

use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::Result;

/// What must hold after a load, each as a query that answers with one number.
const TURNS: &str = "SELECT COUNT(*) FROM turns";
const RECEIPTS: &str = "SELECT COUNT(*) FROM receipts";
const GAPS: &str = "SELECT COUNT(*) FROM (SELECT o.id FROM organizations o LEFT JOIN events e ON e.organization_id = o.id
    GROUP BY o.id, o.event_seq HAVING COUNT(e.seq) <> o.event_seq OR COALESCE(MAX(e.seq), 0) <> o.event_seq) g";
const WITHOUT_EVENT: &str =
    "SELECT (SELECT COUNT(*) FROM turns) - (SELECT COUNT(*) FROM events WHERE kind = 'turn.added')";

/// What a load must have left: so many texts stored, each with its receipt and event, the events dense.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    pub(crate) before: i64,
    pub(crate) added: usize,
}

/// Turns in the database.
pub(crate) async fn turns(database: &str) -> Result<i64> {
    ask(database, TURNS).await
}

impl Stored {
    pub(crate) async fn check(self, database: &str) -> Result<()> {
        let added = i64::try_from(self.added)?;
        let wanted = [(TURNS, self.before + added), (RECEIPTS, added), (GAPS, 0), (WITHOUT_EVENT, 0)];
        for (sql, wanted) in wanted {
            let found = ask(database, sql).await?;
            if found != wanted {
                return Err(format!("{found} in place of {wanted}: {sql}").into());
            }
        }
        Ok(())
    }
}

async fn ask(database: &str, sql: &'static str) -> Result<i64> {
    if database.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(database).await?;
        Ok(sqlx::query_scalar(sql).fetch_one(&mut connection).await?)
    } else {
        let mut connection = PgConnection::connect(database).await?;
        Ok(sqlx::query_scalar(sql).fetch_one(&mut connection).await?)
    }
}
