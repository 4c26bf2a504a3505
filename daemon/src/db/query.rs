//! `Tx` and `Query`: every statement is written once with `$n` placeholders and runs on either engine.

use std::borrow::Cow;

use futures::{StreamExt, future::BoxFuture, stream::BoxStream};
use lotline_common::{At, event::Event};
use sqlx::{
    Arguments, AssertSqlSafe, Encode, Postgres, Sqlite, SqliteConnection, Transaction, Type,
    error::BoxDynError,
    postgres::{PgArguments, PgConnection},
    sqlite::SqliteArguments,
};

use super::{
    Committed, DbError, Scope,
    catalog::Column,
    copy::{Cell, cells},
    lens::Lens,
    postgres::Link,
    rows::{Record, Rows},
    sqlite::Reader,
    tally::Tally,
};
use crate::domain::organization::OrgKey;

/// A value both engines can store.
pub trait Value:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres>
{
}
impl<T> Value for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres>
{
}

/// Writes the events of a transaction, when all its other work is done.
pub type WriteEvents = for<'t> fn(&'t mut Tx, Vec<(OrgKey, Event)>) -> BoxFuture<'t, Result<(), DbError>>;

/// A transaction of either engine, and what its commit will tell.
pub struct Tx {
    pub(super) connection: Connection,
    pub(super) scope: Scope,
    tally: Tally,
    committed: Vec<Committed>,
    events: Vec<(OrgKey, Event)>,
    write_events: Option<WriteEvents>,
    /// What the disk of an SQLite file did to a statement, whatever its author makes of it.
    trouble: Option<DbError>,
    lens: Lens,
}

pub(super) enum Connection {
    Reader(Reader),
    Writer(Box<SqliteConnection>),
    Postgres(Transaction<'static, Postgres>, Link),
}

impl Tx {
    pub(super) fn new(connection: Connection, scope: Scope, tally: Tally) -> Self {
        let (committed, events, lens) = (Vec::new(), Vec::new(), Lens::default());
        Self { connection, scope, tally, committed, events, write_events: None, trouble: None, lens }
    }

    /// The writer's one connection serves one piece of work after another.
    pub(super) fn rescope(&mut self, scope: Scope) {
        self.scope = scope;
        self.lens = Lens::default();
        self.events.clear();
        self.write_events = None;
    }

    /// From now on the statements of this transaction pass through `lens`.
    #[cfg(feature = "lens")]
    pub fn look_through(&mut self, lens: Lens) {
        self.lens = lens;
    }

    pub(super) fn take_committed(&mut self) -> Vec<Committed> {
        std::mem::take(&mut self.committed)
    }

    pub(super) fn take_trouble(&mut self) -> Option<DbError> {
        self.trouble.take()
    }

    /// Told to the listener after the commit, and never if there is none.
    pub fn tell(&mut self, committed: Committed) {
        self.committed.push(committed);
    }

    /// Keeps `event` until the work is done; `write` then gets all of them at once.
    ///
    /// An event's number comes from a row that everybody wants, so it is taken right before the commit.
    pub fn defer(&mut self, org: OrgKey, event: Event, write: WriteEvents) {
        self.events.push((org, event));
        self.write_events = Some(write);
    }

    /// Does what was deferred: the last of every write transaction.
    pub async fn finish(&mut self) -> Result<(), DbError> {
        match self.write_events.take() {
            Some(write) => {
                let events = std::mem::take(&mut self.events);
                write(self, events).await
            }
            None => Ok(()),
        }
    }

    /// Refuses work of one organization in another's scope: the last belt before the statement's own predicate.
    pub fn guard(&self, org: OrgKey) -> Result<(), DbError> {
        match self.scope {
            Scope::Org(own) if own != org => Err(DbError::NotFound),
            _ => Ok(()),
        }
    }

    /// The time on the clock that all daemons of this database share: the server's own, or on SQLite `own`, the clock
    /// of the one daemon there is.
    pub async fn now(&mut self, own: At) -> Result<At, DbError> {
        match self.connection {
            Connection::Reader(_) | Connection::Writer(_) => Ok(own),
            Connection::Postgres(..) => {
                let clock = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint";
                let (now,) = self.query(clock).one().await?;
                Ok(now)
            }
        }
    }

    /// Where the dialects differ.
    pub fn pick<T>(&self, sqlite: T, postgres: T) -> T {
        match self.connection {
            Connection::Reader(_) | Connection::Writer(_) => sqlite,
            Connection::Postgres(..) => postgres,
        }
    }

    /// A statement; arguments follow by `bind` in the order of their numbers.
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        self.tally.statement();
        self.open(Cow::Borrowed(sql))
    }

    /// What begins, ends or undoes work; a round trip, but no statement of anybody's.
    pub(super) fn control(&mut self, sql: &'static str) -> Query<'_> {
        self.tally.round_trip();
        self.open(Cow::Borrowed(sql))
    }

    /// The same with SQL made of the engine's own names for its tables.
    pub(super) fn generated(&mut self, sql: String) -> Query<'_> {
        self.tally.statement();
        self.open(Cow::Owned(sql))
    }

    fn open(&mut self, sql: Cow<'static, str>) -> Query<'_> {
        let mut failed = None;
        let head = match &mut self.connection {
            Connection::Reader(reader) => {
                if !reader.sees_the_same() {
                    failed = Some("a second statement where one was announced".into());
                }
                let (connection, under_way) = reader.ask();
                Head::Sqlite(connection, SqliteArguments::default(), Some(under_way))
            }
            Connection::Writer(connection) => Head::Sqlite(connection, SqliteArguments::default(), None),
            Connection::Postgres(tx, link) => Head::Postgres(tx, PgArguments::default(), link),
        };
        Query { head, sql, count: 0, failed, trouble: &mut self.trouble, lens: &self.lens }
    }

    pub(super) async fn commit(mut self) -> Result<Vec<Committed>, DbError> {
        let committed = self.take_committed();
        match self.connection {
            Connection::Postgres(tx, link) => {
                self.tally.round_trip();
                link.answer(tx.commit()).await?;
            }
            Connection::Reader(_) | Connection::Writer(_) => {}
        }
        Ok(committed)
    }
}

enum Head<'c> {
    /// With what a reader sets back at the end.
    Sqlite(&'c mut SqliteConnection, SqliteArguments, Option<&'c mut bool>),
    Postgres(&'c mut PgConnection, PgArguments, &'c Link),
}

/// A statement being put together.
#[must_use = "a query does nothing until it is run"]
pub struct Query<'c> {
    head: Head<'c>,
    sql: Cow<'static, str>,
    count: usize,
    failed: Option<BoxDynError>,
    trouble: &'c mut Option<DbError>,
    lens: &'c Lens,
}

impl<'c> Query<'c> {
    pub fn bind<T: Value>(mut self, value: T) -> Self {
        self.count += 1;
        let added = match &mut self.head {
            Head::Sqlite(_, args, _) => args.add(value),
            Head::Postgres(_, args, _) => args.add(value),
        };
        if let Err(error) = added {
            self.failed.get_or_insert(error);
        }
        self
    }

    /// Appends SQL of ours; text from outside can only come in by `push_bind`.
    pub fn push(mut self, sql: &'static str) -> Self {
        self.sql.to_mut().push_str(sql);
        self
    }

    /// Appends a placeholder and its argument.
    pub fn push_bind<T: Value>(self, value: T) -> Self {
        let mut this = self.bind(value);
        let number = this.count.to_string();
        let sql = this.sql.to_mut();
        sql.push('$');
        sql.push_str(&number);
        this
    }

    /// SQLite reads a missing argument as NULL, silently; here both engines refuse it.
    fn checked(&mut self) -> Result<AssertSqlSafe<Cow<'static, str>>, DbError> {
        if let Some(error) = self.failed.take() {
            return Err(DbError::Statement(error.to_string()));
        }
        if cfg!(debug_assertions) && highest_placeholder(&self.sql) != self.count {
            return Err(DbError::Statement(format!("{} arguments for: {}", self.count, self.sql)));
        }
        Ok(AssertSqlSafe(self.lens.through(std::mem::take(&mut self.sql))))
    }

    /// Runs it; the number of rows it touched.
    pub async fn execute(mut self) -> Result<u64, DbError> {
        let sql = self.checked()?;
        match self.head {
            Head::Sqlite(c, args, under_way) => {
                let done = sqlx::query_with(sql, args).execute(c).await;
                ended(under_way);
                Ok(done.map_err(noted(self.trouble))?.rows_affected())
            }
            Head::Postgres(c, args, link) => {
                let query = sqlx::query_with(sql, args).persistent(!link.pooler);
                Ok(link.answer(query.execute(c)).await?.rows_affected())
            }
        }
    }

    async fn rows(mut self) -> Result<Rows, DbError> {
        let sql = self.checked()?;
        match self.head {
            Head::Sqlite(c, args, under_way) => {
                let rows = sqlx::query_with(sql, args).fetch_all(c).await;
                ended(under_way);
                Ok(Rows::Sqlite(rows.map_err(noted(self.trouble))?))
            }
            Head::Postgres(c, args, link) => {
                let query = sqlx::query_with(sql, args).persistent(!link.pooler);
                Ok(Rows::Postgres(link.answer(query.fetch_all(c)).await?))
            }
        }
    }

    /// The same and no further than the first.
    async fn first(mut self) -> Result<Rows, DbError> {
        let sql = self.checked()?;
        match self.head {
            Head::Sqlite(c, args, under_way) => {
                let row = sqlx::query_with(sql, args).fetch_optional(c).await;
                ended(under_way);
                Ok(Rows::Sqlite(row.map_err(noted(self.trouble))?.into_iter().collect()))
            }
            Head::Postgres(c, args, link) => {
                let query = sqlx::query_with(sql, args).persistent(!link.pooler);
                Ok(Rows::Postgres(link.answer(query.fetch_optional(c)).await?.into_iter().collect()))
            }
        }
    }

    pub async fn all<T: Record>(self) -> Result<Vec<T>, DbError> {
        self.rows().await?.read()
    }

    pub async fn optional<T: Record>(self) -> Result<Option<T>, DbError> {
        self.first().await?.read_first()
    }

    /// Rows as they come, however many.
    pub(super) fn stream(
        mut self,
        columns: &'c [Column],
    ) -> Result<BoxStream<'c, Result<Vec<Cell>, DbError>>, DbError> {
        let sql = self.checked()?;
        Ok(match self.head {
            // How far it is read nobody knows here: a reader does not go on after it.
            Head::Sqlite(c, args, _) => {
                let rows = sqlx::query_with(sql, args).fetch(c);
                rows.map(|row| Ok(cells(&row?, columns)?)).boxed()
            }
            Head::Postgres(c, args, link) => {
                let rows = sqlx::query_with(sql, args).persistent(!link.pooler).fetch(c);
                rows.map(|row| Ok(cells(&row?, columns)?)).boxed()
            }
        })
    }

    /// The one row, else [`DbError::NotFound`].
    pub async fn one<T: Record>(self) -> Result<T, DbError> {
        self.optional().await?.ok_or(DbError::NotFound)
    }
}

fn ended(under_way: Option<&mut bool>) {
    if let Some(under_way) = under_way {
        *under_way = false;
    }
}

/// Keeps an error of the disk for the writer, who must hear of it.
fn noted(trouble: &mut Option<DbError>) -> impl FnOnce(sqlx::Error) -> DbError {
    |error| {
        let error = DbError::from(error);
        if matches!(error, DbError::Full | DbError::Failing(_)) {
            *trouble = Some(error.again());
        }
        error
    }
}

fn highest_placeholder(sql: &str) -> usize {
    let numbers = sql.split('$').skip(1).filter_map(|rest| {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        rest.get(..digits)?.parse::<usize>().ok()
    });
    numbers.max().unwrap_or(0)
}
