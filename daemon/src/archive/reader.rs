//! Reads an export line by line, and believes nothing that its checksums do not hold.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    fs::File,
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
};

use super::{
    ArchiveError,
    format::{Header, Mark},
    line::decode,
    tally::Tally,
};
use crate::{
    db::{Cell, Table},
    limits,
};

/// A row and its end.
const LINE: u64 = limits::ARCHIVE_LINE as u64;

/// An export being read: header first, then table after table.
pub struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    hash: digest::Context,
    line: u64,
    tally: Tally,
}

/// What comes next within a table.
#[derive(Debug)]
pub enum Piece {
    /// With the bytes it took in the file.
    Row(Vec<Cell>, usize),
    /// The rows were as many and the same as when they were written.
    End(Tally),
}

impl Reader {
    /// Opens the file and reads what it is; one that this program cannot take is refused here.
    pub async fn open(path: &Path) -> Result<Self, ArchiveError> {
        let file = File::open(path).await.map_err(|cause| ArchiveError::file(path, cause))?;
        let mut reader = Self {
            path: path.to_owned(),
            file: BufReader::with_capacity(1 << 18, file),
            header: Header::new(Vec::new()),
            hash: digest::Context::new(&digest::SHA256),
            line: 0,
            tally: Tally::default(),
        };
        let first = reader.line().await.unwrap_or_default();
        reader.hash.update(&first);
        reader.header = Header::read(&first)?;
        Ok(reader)
    }

    /// The tables of the file, in its order.
    pub fn tables(&self) -> &[Table] {
        &self.header.tables
    }

    /// The rows of this table must come now.
    pub async fn begin(&mut self, table: &Table) -> Result<(), ArchiveError> {
        self.tally = Tally::default();
        match self.mark().await? {
            Mark::Table(name) if name == table.name => Ok(()),
            _ => Err(self.broken(format!("the table {} should begin here", table.name))),
        }
    }

    pub async fn next(&mut self, table: &Table) -> Result<Piece, ArchiveError> {
        let line = self.line().await?;
        if line.first() == Some(&b'[') {
            self.hash.update(&line);
            let row = line.strip_suffix(b"\n").unwrap_or(&line);
            self.tally.add(row);
            let cells = decode(row, &table.columns);
            let row = cells.map(|cells| Piece::Row(cells, line.len()));
            return row.ok_or_else(|| self.broken(format!("no row of {}", table.name)));
        }
        match self.read_mark(&line)? {
            Mark::End(tally) if tally == self.tally => Ok(Piece::End(tally)),
            Mark::End(_) => {
                Err(self.broken(format!("the rows of {} are not those that were written", table.name)))
            }
            _ => Err(self.broken(format!("the table {} does not end", table.name))),
        }
    }

    /// Nothing may be left, and every byte must have been as it was written.
    pub async fn finish(mut self) -> Result<(), ArchiveError> {
        let found = BASE64_STANDARD.encode(self.hash.clone().finish());
        match self.mark().await? {
            Mark::File { sha256 } if sha256 == found => {}
            Mark::File { .. } => return Err(self.broken("the file was changed after it was written".into())),
            _ => return Err(self.broken("the file should end here".into())),
        }
        if self.file.fill_buf().await.is_ok_and(<[u8]>::is_empty) {
            return Ok(());
        }
        Err(self.broken("something follows the end".into()))
    }

    async fn mark(&mut self) -> Result<Mark, ArchiveError> {
        let line = self.line().await?;
        self.read_mark(&line)
    }

    fn read_mark(&mut self, line: &[u8]) -> Result<Mark, ArchiveError> {
        self.hash.update(line);
        serde_json::from_slice(line).map_err(|_other| self.broken("neither a row nor a mark".into()))
    }

    /// The next line with its end. One without is the place where the file was cut off.
    async fn line(&mut self) -> Result<Vec<u8>, ArchiveError> {
        self.line += 1;
        let mut line = Vec::new();
        let read = (&mut self.file).take(LINE).read_until(b'\n', &mut line).await;
        read.map_err(|cause| ArchiveError::file(&self.path, cause))?;
        if line.ends_with(b"\n") {
            Ok(line)
        } else {
            Err(self.broken("the file is cut off or no export".into()))
        }
    }

    fn broken(&self, problem: String) -> ArchiveError {
        ArchiveError::Broken { line: self.line, problem }
    }
}
