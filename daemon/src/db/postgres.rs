//! The PostgreSQL pool and its scoped transactions.

use std::{
    future::{Future, ready},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::TryFutureExt;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::{Instant, sleep, timeout};

use super::{Address, DbError, Scope, role, tally::Tally};
use crate::limits;

/// A session that was closed is on the server's list for a moment more.
const LEAVING_LOOKS: u32 = 10;
const LEAVING_PAUSE: Duration = Duration::from_millis(100);
/// What sessions of ours are called on the server.
const APPLICATION: &str = "lotlined";
/// Settings of every transaction. Three bound it, in milliseconds. None reads a whole table where an index serves. Plans are
/// kept, those of the foreign keys too, and on a new desk they are made while its tables are empty. What is so dear by that rule
/// would be compiled and given to processes of its own first, for longer than it runs.
const SETTINGS: [(&str, u128); 6] = [
    ("enable_seqscan", 0),
    ("jit", 0),
    ("max_parallel_workers_per_gather", 0),
    ("statement_timeout", limits::POSTGRES_STATEMENT.as_millis()),
    ("lock_timeout", limits::POSTGRES_LOCK.as_millis()),
    ("idle_in_transaction_session_timeout", limits::POSTGRES_IDLE.as_millis()),
];

/// The pool, and what is known of the way to the server.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) pool: PgPool,
    link: Link,
    /// What is set with every scope: our settings, where the session cannot hold them.
    settings: String,
}

/// What every statement must know of its connection. Cheap to clone.
#[derive(Clone)]
pub(super) struct Link {
    /// A transaction pooler stands between: nothing may outlive a transaction, prepared statements neither.
    pub(super) pooler: bool,
    /// When the server last refused to write, as one does that has become a standby.
    refused: Arc<Mutex<Option<Instant>>>,
}

impl Server {
    /// Opens the pool and makes sure that this role may serve and that the schema is ours.
    pub(super) async fn open(address: &Address, tally: &Tally) -> Result<Self, DbError> {
        // Where the session can be told not to warn of it, a rollback of nothing is silent; else it is made of
        // something.
        let undo = if address.pooler { "BEGIN; ROLLBACK" } else { "ROLLBACK" };
        let options = options(&address.url, address.pooler)?;
        let link = Link { pooler: address.pooler, refused: Arc::default() };
        let pool = PgPoolOptions::new()
            .max_connections(limits::POSTGRES_CONNECTIONS)
            .acquire_timeout(limits::DB_WAIT)
            // One that was used a moment ago needs no trial; and none is kept to a server that is no primary any more,
            // since a new one may find the new primary.
            .test_before_acquire(false)
            .before_acquire({
                let (link, tally) = (link.clone(), tally.clone());
                move |connection, meta| {
                    let good = !link.refused_within(meta.age);
                    if !good || meta.idle_for < limits::POSTGRES_TRUST {
                        return Box::pin(ready(Ok(good)));
                    }
                    tally.round_trip();
                    Box::pin(connection.ping().map_ok(|()| true))
                }
            })
            // A `begin` that was cancelled can leave its transaction open on the connection; the next borrower must not
            // inherit it.
            .after_release(move |connection, _meta| {
                Box::pin(async move {
                    let undone = timeout(limits::DB_WAIT, connection.execute(undo)).await;
                    undone.map_err(|_elapsed| sqlx::Error::PoolTimedOut)??;
                    Ok(true)
                })
            })
            .connect_with(options.clone())
            .await;
        let pool = match pool {
            Err(sqlx::Error::PoolTimedOut) => return Err(unreachable(&options).await),
            pool => pool?,
        };
        role::admit(&pool, address).await?;
        let set = |(name, value)| format!("; SET LOCAL {name} = '{value}'");
        let settings = if address.pooler { SETTINGS.map(set).concat() } else { String::new() };
        Ok(Self { pool, link, settings })
    }

    pub(super) fn link(&self) -> Link {
        self.link.clone()
    }

    /// Begins and sets the scope in one round trip. The number cannot inject anything.
    ///
    /// Both settings are always given, so that nothing of an earlier transaction can stand in for them.
    pub(super) async fn begin(
        &self,
        scope: Scope,
        access: Access,
    ) -> Result<Transaction<'static, Postgres>, DbError> {
        let begin = match access {
            Access::ReadOnly => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Access::Write => "BEGIN",
        };
        let scope = match scope {
            Scope::Org(org) => format!("SET LOCAL app.org = '{}'; SET LOCAL app.scope = ''", org.number()),
            Scope::System => "SET LOCAL app.org = ''; SET LOCAL app.scope = 'system'".to_owned(),
        };
        let sql = format!("{begin}; {scope}{}", self.settings);
        self.link.answer(Box::pin(self.pool.begin_with(AssertSqlSafe(sql)))).await
    }
}

impl Link {
    /// Waits for the server's answer, but not for ever: a server that vanished says nothing.
    pub(super) async fn answer<T>(
        &self,
        asked: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, DbError> {
        let outcome = timeout(limits::DB_ANSWER, asked).await;
        let error = match outcome {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => DbError::from(error),
            Err(_elapsed) => DbError::Busy("the server does not answer".into()),
        };
        if matches!(error, DbError::ReadOnly) {
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        Err(error)
    }

    fn refused_within(&self, age: Duration) -> bool {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.is_some_and(|at| at.elapsed() <= age)
    }
}

/// A pool that waited in vain does not say for what; a connection of its own does.
async fn unreachable(options: &PgConnectOptions) -> DbError {
    match timeout(limits::DB_WAIT, PgConnection::connect_with(options)).await {
        Ok(Err(error)) => error.into(),
        Ok(Ok(_)) | Err(_) => DbError::Busy("the server does not answer".into()),
    }
}

/// Is somebody else of ours connected to this database? Behind a pooler nobody can be told apart.
pub(super) async fn is_served(address: &Address) -> Result<bool, DbError> {
    let others = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = $1 AND pid <> pg_backend_pid())";
    let mut connection = PgConnection::connect_with(&options(&address.url, address.pooler)?).await?;
    let mut served = true;
    for _ in 0..LEAVING_LOOKS {
        let others = sqlx::query_scalar(others).persistent(false).bind(APPLICATION);
        served = others.fetch_one(&mut connection).await?;
        if !served {
            break;
        }
        sleep(LEAVING_PAUSE).await;
    }
    connection.close().await?;
    Ok(served)
}

/// How to connect. A pooler takes no settings of a session: they are given with every transaction instead.
pub(super) fn options(url: &str, pooler: bool) -> Result<PgConnectOptions, DbError> {
    let options: PgConnectOptions =
        url.parse().map_err(|e| DbError::Refused(format!("database.url is not postgres://…: {e}")))?;
    let options = options.application_name(APPLICATION);
    if pooler {
        return Ok(options.extra_float_digits(None));
    }
    // The rollback after a release finds nothing to roll back nearly every time; each would be a warning in our log.
    Ok(options.options(SETTINGS).options([("client_min_messages", "error")]))
}

#[derive(Clone, Copy)]
pub(super) enum Access {
    ReadOnly,
    Write,
}
