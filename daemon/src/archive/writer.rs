//! Writes an export line by line.

use std::path::Path;

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncWriteExt, BufWriter},
};

use super::{
    ArchiveError,
    format::{Header, Mark},
    line::encode,
    tally::Tally,
};
use crate::{
    db::{Cell, DbError, Table},
    limits,
};

/// An export under way. Without [`Writer::finish`] it is a file that no import takes.
pub struct Writer<'p> {
    path: &'p Path,
    file: BufWriter<File>,
    hash: digest::Context,
    tally: Tally,
}

impl<'p> Writer<'p> {
    /// Makes the file, which must not be there yet: it will hold everything, readable by its owner only.
    pub async fn create(path: &'p Path, tables: &[Table]) -> Result<Self, ArchiveError> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).await;
        let file = BufWriter::with_capacity(1 << 18, file.map_err(|cause| ArchiveError::file(path, cause))?);
        let hash = digest::Context::new(&digest::SHA256);
        let mut writer = Self { path, file, hash, tally: Tally::default() };
        writer.say(&Header::new(tables.to_vec())).await?;
        Ok(writer)
    }

    pub async fn begin(&mut self, table: &Table) -> Result<(), ArchiveError> {
        self.tally = Tally::default();
        self.say(&Mark::Table(table.name.clone())).await
    }

    pub async fn row(&mut self, row: &[Cell]) -> Result<(), ArchiveError> {
        let line = encode(row)?;
        if line.len() >= limits::ARCHIVE_LINE {
            return Err(ArchiveError::Unfit(format!("a row is longer than {} bytes", limits::ARCHIVE_LINE)));
        }
        self.tally.add(&line);
        self.line(line).await
    }

    /// Ends the table; what was written of it.
    pub async fn end(&mut self) -> Result<Tally, ArchiveError> {
        self.say(&Mark::End(self.tally)).await?;
        Ok(self.tally)
    }

    /// Ends the file and waits until the disk has it.
    pub async fn finish(mut self) -> Result<(), ArchiveError> {
        let sha256 = BASE64_STANDARD.encode(self.hash.clone().finish());
        self.say(&Mark::File { sha256 }).await?;
        let written = async {
            self.file.flush().await?;
            self.file.get_ref().sync_all().await
        };
        written.await.map_err(|cause| ArchiveError::file(self.path, cause))
    }

    async fn say(&mut self, value: &impl Serialize) -> Result<(), ArchiveError> {
        let line = serde_json::to_vec(value).map_err(|error| DbError::Statement(error.to_string()))?;
        self.line(line).await
    }

    async fn line(&mut self, mut line: Vec<u8>) -> Result<(), ArchiveError> {
        line.push(b'\n');
        self.hash.update(&line);
        self.file.write_all(&line).await.map_err(|cause| ArchiveError::file(self.path, cause))
    }
}
