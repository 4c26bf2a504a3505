//! Whole tables, row by row, for moving an installation. Names come from the [catalog](super::catalog), never from
//! outside, and nothing is held but the rows on their way.

use futures::stream::BoxStream;
use sqlx::{ColumnIndex, Decode, Row, Type};
use uuid::Uuid;

use super::{
    DbError, Query, Scope, Tx,
    catalog::{Column, Kind, Table},
};

/// Of one statement. Either engine takes tens of thousands, but SQLite finds each by going through all of them.
const MOST_ARGUMENTS: usize = 400;

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Null,
    Integer(i64),
    Boolean(bool),
    Text(String),
    Uuid(Uuid),
    Bytes(Vec<u8>),
}

impl Tx {
    /// For work that reads or writes everything: no statement of it is cancelled for taking its time.
    pub async fn take_time(&mut self) -> Result<(), DbError> {
        for limit in ["SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0"]
        {
            if self.pick(false, true) {
                self.query(limit).execute().await?;
            }
        }
        Ok(())
    }

    /// Every row of a table as it comes, in no promised order.
    pub fn rows<'t>(
        &'t mut self,
        table: &'t Table,
    ) -> Result<BoxStream<'t, Result<Vec<Cell>, DbError>>, DbError> {
        self.whole_installation()?;
        let sql = format!("SELECT {} FROM {}", names(table), quoted(&table.name));
        self.generated(sql).stream(&table.columns)
    }

    /// Adds rows, several with one statement.
    pub async fn append(&mut self, table: &Table, rows: Vec<Vec<Cell>>) -> Result<(), DbError> {
        self.whole_installation()?;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let part: Vec<Vec<Cell>> = rows.by_ref().take(Self::most_rows(table)).collect();
            let mut query = self.generated(insert(table, part.len()));
            for row in part {
                if row.len() != table.columns.len() {
                    return Err(DbError::Statement(format!(
                        "a row of {} has {} cells",
                        table.name,
                        row.len()
                    )));
                }
                for (column, cell) in table.columns.iter().zip(row) {
                    query = bind(query, column, cell)?;
                }
            }
            query.execute().await?;
        }
        Ok(())
    }

    /// As many as one statement takes.
    fn most_rows(table: &Table) -> usize {
        (MOST_ARGUMENTS / table.columns.len().max(1)).max(1)
    }

    pub async fn is_empty(&mut self, table: &Table) -> Result<bool, DbError> {
        self.whole_installation()?;
        let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM {})", quoted(&table.name));
        let (empty,): (bool,) = self.generated(sql).one().await?;
        Ok(empty)
    }

    /// A table's rows are everybody's.
    fn whole_installation(&self) -> Result<(), DbError> {
        if self.scope == Scope::System { Ok(()) } else { Err(DbError::NotFound) }
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn names(table: &Table) -> String {
    table.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
}

fn insert(table: &Table, rows: usize) -> String {
    let width = table.columns.len();
    let row = |at: usize| {
        let marks: Vec<String> = (1..=width).map(|column| format!("${}", at * width + column)).collect();
        format!("({})", marks.join(", "))
    };
    let values: Vec<String> = (0..rows).map(row).collect();
    format!("INSERT INTO {} ({}) VALUES {}", quoted(&table.name), names(table), values.join(", "))
}

/// An absent value has its column's type all the same: PostgreSQL asks for it.
fn bind<'c>(query: Query<'c>, column: &Column, cell: Cell) -> Result<Query<'c>, DbError> {
    Ok(match (column.kind, cell) {
        (Kind::Integer, Cell::Integer(value)) => query.bind(value),
        (Kind::Boolean, Cell::Boolean(value)) => query.bind(value),
        (Kind::Text, Cell::Text(value)) => query.bind(value),
        (Kind::Uuid, Cell::Uuid(value)) => query.bind(value),
        (Kind::Bytes, Cell::Bytes(value)) => query.bind(value),
        (Kind::Integer, Cell::Null) => query.bind(None::<i64>),
        (Kind::Boolean, Cell::Null) => query.bind(None::<bool>),
        (Kind::Text, Cell::Null) => query.bind(None::<String>),
        (Kind::Uuid, Cell::Null) => query.bind(None::<Uuid>),
        (Kind::Bytes, Cell::Null) => query.bind(None::<Vec<u8>>),
        (kind, _) => return Err(DbError::Statement(format!("{} is not {kind:?}", column.name))),
    })
}

/// The stored values of a row, none of them converted.
pub(super) fn cells<'r, R: Row>(row: &'r R, columns: &[Column]) -> Result<Vec<Cell>, sqlx::Error>
where
    usize: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
{
    let cell = |(at, column): (usize, &Column)| {
        Ok(match column.kind {
            Kind::Integer => row.try_get::<Option<i64>, _>(at)?.map(Cell::Integer),
            Kind::Boolean => row.try_get::<Option<bool>, _>(at)?.map(Cell::Boolean),
            Kind::Text => row.try_get::<Option<String>, _>(at)?.map(Cell::Text),
            Kind::Uuid => row.try_get::<Option<Uuid>, _>(at)?.map(Cell::Uuid),
            Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Cell::Bytes),
        }
        .unwrap_or(Cell::Null))
    };
    columns.iter().enumerate().map(cell).collect()
}
