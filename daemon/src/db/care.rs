//! What keeps an SQLite file well. A PostgreSQL server looks after its own: there these do nothing.

use std::path::Path;

use super::{Address, Db, DbError, Engine, Hold, Look, sqlite};

impl Db {
    /// Where the file stands; `None` on a server.
    pub fn look(&self) -> Result<Option<Look>, DbError> {
        let Engine::Sqlite { place, .. } = &self.engine else { return Ok(None) };
        let look = place.look();
        look.map(Some).map_err(|error| DbError::Busy(format!("{}: {error}", place.file().display())))
    }

    /// Refuses every write with [`DbError::Full`] until [`Self::resume`].
    pub fn hold_writes(&self) {
        if let Engine::Sqlite { writer, .. } = &self.engine {
            writer.gate().fill();
        }
    }

    /// Are writes refused because the disk is full?
    pub fn is_full(&self) -> bool {
        matches!(&self.engine, Engine::Sqlite { writer, .. } if writer.gate().is_full())
    }

    /// Takes writes again if the disk takes one that changes nothing.
    pub async fn resume(&self) -> Result<(), DbError> {
        if let Engine::Sqlite { writer, .. } = &self.engine {
            writer.probe().await?;
            writer.gate().reopen();
        }
        Ok(())
    }

    /// Refuses every write from now on, and leaves the file as it is when this process ends.
    pub fn abandon(&self) {
        if let Engine::Sqlite { writer, .. } = &self.engine {
            writer.gate().lose();
        }
    }

    /// Folds a write-ahead log that readers kept from being folded.
    pub async fn fold_log(&self) -> Result<(), DbError> {
        match &self.engine {
            Engine::Sqlite { place, .. } => sqlite::fold_beside(place.file()).await,
            Engine::Postgres { .. } => Ok(()),
        }
    }

    /// Looks at every page, table by table; `gently` leaves the machine to others half of the time. The first defect
    /// found.
    pub async fn examine(&self, gently: bool) -> Result<Option<String>, DbError> {
        match &self.engine {
            Engine::Sqlite { place, .. } => sqlite::examine(place.file(), gently).await,
            Engine::Postgres { .. } => Ok(None),
        }
    }

    /// Holds an SQLite file as a daemon does, without opening it; `None` of a server.
    pub fn hold_file(address: &Address) -> Result<Option<Hold>, DbError> {
        address.file()?.map(|file| Hold::of(&file)).transpose()
    }

    /// Writes a copy of an SQLite file, as it is at one moment, into the empty file `to`.
    pub async fn copy_to(address: &Address, to: &Path) -> Result<(), DbError> {
        match address.file()? {
            Some(file) => sqlite::copy_to(&file, to).await,
            None => Err(DbError::Refused("a server is backed up by its own tools".into())),
        }
    }
}
