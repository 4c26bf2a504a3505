//! An installation leaves one database for another: everything, once, or nothing.

mod damaged;
mod program;
mod refused;
mod whole;

use std::path::Path;

use lotlined::{
    action::{export_installation, import_installation},
    archive::{ArchiveError, Moved, Reader},
    db::{Db, DbError, Hold, Listener, Scope, Table},
    tasks::Tasks,
};

use crate::support::db::Fresh;

async fn open(fresh: &Fresh, hold: Hold) -> Result<Db, DbError> {
    Db::open(&fresh.url, hold, &Tasks::new(), Listener::deaf()).await
}

async fn export(from: &Fresh, file: &Path) -> Result<Vec<Moved>, ArchiveError> {
    let db = open(from, Hold::Command).await?;
    let moved = export_installation::run(&db, file).await;
    db.close().await;
    moved
}

async fn import(file: &Path, to: &Fresh) -> Result<Vec<Moved>, ArchiveError> {
    let reader = Reader::open(file).await?;
    let db = open(to, Hold::Daemon).await?;
    let moved = import_into(&db, reader).await;
    db.close().await;
    moved
}

async fn import_into(db: &Db, reader: Reader) -> Result<Vec<Moved>, ArchiveError> {
    import_installation::run(db, reader).await
}

async fn tables(db: &Db) -> Vec<Table> {
    db.read(Scope::System).await.unwrap().catalog().await.unwrap()
}

/// Tables with rows.
async fn filled(db: &Db) -> Vec<String> {
    let mut filled = Vec::new();
    let mut tx = db.read(Scope::System).await.unwrap();
    for table in tables(db).await {
        if !tx.is_empty(&table).await.unwrap() {
            filled.push(table.name);
        }
    }
    filled
}
