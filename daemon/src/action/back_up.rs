//! Makes a checked copy of the database while everybody goes on working.

use std::path::Path;

use lotline_common::At;

use crate::{
    backup::{self, BackupError, Part},
    db::{Address, Db},
    tasks::Tasks,
};

/// Writes `to` and its checksum; after a failure neither is there. It holds everything but the key file.
pub async fn run(address: &Address, to: &Path) -> Result<(), BackupError> {
    let part = Part::create(to)?;
    Db::copy_to(address, part.path()).await?;
    Db::open_copy(part.path(), &Tasks::new()).await?.close().await;
    let finished = tokio::task::spawn_blocking(move || part.finish_with_checksum()).await;
    finished.map_err(|panic| BackupError::Unfit(panic.to_string()))?
}

/// Makes the next of a row of backups, then removes the oldest.
pub async fn in_turn(address: &Address, folder: &Path, keep: usize, now: At) -> Result<(), BackupError> {
    backup::sweep(folder)?;
    run(address, &folder.join(backup::name_at(now))).await?;
    backup::rotate(folder, keep)
}
