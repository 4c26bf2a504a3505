//! Writes a whole installation into a file, as it was at one moment, whoever goes on working meanwhile.

use std::path::Path;

use futures::TryStreamExt;
use lotline_common::{At, api::audit::AuditAction};

use super::by_system;
use crate::{
    archive::{ArchiveError, Moved, Writer},
    db::{Db, DbError, Scope, Table, Tx},
    domain::audit::Entry,
    store,
};

/// What was written. After a failure there is no file.
pub async fn run(db: &Db, file: &Path) -> Result<Vec<Moved>, ArchiveError> {
    let mut tx = db.read(Scope::System).await?;
    tx.take_time().await?;
    let tables = tx.catalog().await?;
    let writer = Writer::create(file, &tables).await?;
    let moved = write(&mut tx, writer, &tables).await;
    if moved.is_err()
        && let Err(error) = tokio::fs::remove_file(file).await
    {
        tracing::warn!(%error, "the unfinished export could not be removed");
    }
    moved
}

/// Every organization's log says that somebody is about to take everything with them.
pub async fn tell(db: &Db, now: At) -> Result<(), DbError> {
    db.write(Scope::System, move |tx| {
        Box::pin(async move {
            for organization in store::organization::all(tx).await? {
                let entry = Entry::new(AuditAction::DataExported, by_system());
                store::audit::append(tx, organization.key, now, entry).await?;
            }
            Ok(())
        })
    })
    .await
}

async fn write(tx: &mut Tx, mut writer: Writer<'_>, tables: &[Table]) -> Result<Vec<Moved>, ArchiveError> {
    let mut moved = Vec::with_capacity(tables.len());
    for table in tables {
        writer.begin(table).await?;
        let mut rows = tx.rows(table)?;
        while let Some(row) = rows.try_next().await? {
            writer.row(&row).await?;
        }
        moved.push(Moved { table: table.name.clone(), tally: writer.end().await? });
    }
    writer.finish().await?;
    Ok(moved)
}
