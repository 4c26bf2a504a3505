//! Why an installation cannot be moved. Every text says what is wrong with what, and nothing was written.

use std::path::Path;

use crate::db::DbError;

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file cannot be read or written.
    #[error("{file}: {cause}")]
    File { file: String, cause: std::io::Error },
    /// It is no export, or one that this program cannot take.
    #[error("{0}")]
    Unfit(String),
    /// It was an export once: cut off, or changed on its way.
    #[error("line {line} of the file: {problem}; nothing was imported, copy or export it again")]
    Broken { line: u64, problem: String },
    /// There is something already.
    #[error("the table {0} has rows: import into an empty database only; nothing was imported")]
    NotEmpty(String),
    #[error(transparent)]
    Database(#[from] DbError),
}

impl ArchiveError {
    pub(super) fn file(file: &Path, cause: std::io::Error) -> Self {
        Self::File { file: file.display().to_string(), cause }
    }
}
