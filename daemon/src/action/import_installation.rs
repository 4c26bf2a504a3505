//! Fills an empty database from an export: everything in one transaction, or nothing.
//!
//! Rows are checked against the file's checksums while they come, and once more as the database holds them in the end.

use crate::{
    archive::{ArchiveError, Moved, Piece, Reader, Tally, encode},
    db::{Db, Scope, Table, Tx},
    limits, store,
};
use futures::TryStreamExt;

/// What was written. Work that somebody had begun is free again: whoever takes up a message that was being sent finds
/// that its outcome is unknown.
pub async fn run(db: &Db, reader: Reader) -> Result<Vec<Moved>, ArchiveError> {
    db.write(Scope::System, move |tx| {
        Box::pin(async move {
            tx.take_time().await?;
            let moved = fill(tx, reader).await?;
            store::job::release(tx, None, &[]).await?;
            Ok(moved)
        })
    })
    .await
}

async fn fill(tx: &mut Tx, mut reader: Reader) -> Result<Vec<Moved>, ArchiveError> {
    // Nobody founds an organization meanwhile, and every other row hangs on one.
    store::organization::take_turns(tx).await?;
    let tables = tx.catalog().await?;
    same(&tables, reader.tables())?;
    for table in &tables {
        if !tx.is_empty(table).await? {
            return Err(ArchiveError::NotEmpty(table.name.clone()));
        }
    }
    let mut moved = Vec::with_capacity(tables.len());
    for table in &tables {
        reader.begin(table).await?;
        moved.push(Moved { table: table.name.clone(), tally: take(tx, &mut reader, table).await? });
    }
    reader.finish().await?;
    for (table, moved) in tables.iter().zip(&moved) {
        if held(tx, table).await? != moved.tally {
            let problem = format!(
                "the database does not hold the rows of {} as they came; nothing was imported",
                table.name
            );
            return Err(ArchiveError::Unfit(problem));
        }
    }
    Ok(moved)
}

/// Both engines must know the same tables and columns.
fn same(ours: &[Table], theirs: &[Table]) -> Result<(), ArchiveError> {
    let odd = ours.iter().find(|table| !theirs.contains(table));
    match odd.or_else(|| theirs.iter().find(|table| !ours.contains(table))) {
        Some(table) => Err(ArchiveError::Unfit(format!(
            "the table {} is not the same in the file and here: use the same version of lotlined on both sides",
            table.name
        ))),
        None if ours == theirs => Ok(()),
        None => Err(ArchiveError::Unfit("the tables of the file are in another order than here".into())),
    }
}

/// Moves one table, a bounded part of it at a time.
async fn take(tx: &mut Tx, reader: &mut Reader, table: &Table) -> Result<Tally, ArchiveError> {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    loop {
        let (row, size) = match reader.next(table).await? {
            Piece::Row(row, size) => (row, size),
            Piece::End(tally) => {
                tx.append(table, rows).await?;
                return Ok(tally);
            }
        };
        rows.push(row);
        bytes += size;
        if rows.len() == limits::ARCHIVE_ROWS || bytes > limits::ARCHIVE_BYTES {
            tx.append(table, std::mem::take(&mut rows)).await?;
            bytes = 0;
        }
    }
}

/// What the database itself says it holds.
async fn held(tx: &mut Tx, table: &Table) -> Result<Tally, ArchiveError> {
    let (mut tally, mut rows) = (Tally::default(), tx.rows(table)?);
    while let Some(row) = rows.try_next().await? {
        tally.add(&encode(&row)?);
    }
    Ok(tally)
}
