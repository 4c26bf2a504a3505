//! The lines between the rows.

use serde::{Deserialize, Serialize};

use super::{ArchiveError, tally::Tally};
use crate::db::{Schema, Table};

const FORMAT: &str = "lotline-installation";
const VERSION: u32 = 1;

/// The first line: what the file is and which tables follow, in this order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    format: String,
    version: u32,
    /// Steps of the schema that the rows were written under.
    schema: Vec<i64>,
    pub(super) tables: Vec<Table>,
}

/// What of the header every version has.
#[derive(Deserialize)]
struct Kind {
    format: String,
    version: u32,
}

/// Any other line that is not a row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Mark {
    /// Rows of this table follow.
    Table(String),
    /// They are over.
    End(Tally),
    /// Everything is over.
    File { sha256: String },
}

impl Header {
    pub(super) fn new(tables: Vec<Table>) -> Self {
        Self { format: FORMAT.into(), version: VERSION, schema: Schema::versions(), tables }
    }

    /// Reads the first line; an installation can only be taken as this program knows it.
    pub(super) fn read(line: &[u8]) -> Result<Self, ArchiveError> {
        let kind: Option<Kind> = serde_json::from_slice(line).ok();
        let Some(kind) = kind.filter(|kind| kind.format == FORMAT) else {
            return Err(ArchiveError::Unfit("this file is no export of a Lotline installation".into()));
        };
        if kind.version != VERSION {
            return Err(ArchiveError::Unfit(format!(
                "the file has format {}, this program reads {VERSION}: import it with the version that wrote it",
                kind.version
            )));
        }
        let header: Self = serde_json::from_slice(line)
            .map_err(|error| ArchiveError::Broken { line: 1, problem: error.to_string() })?;
        let ours = Schema::versions();
        if header.schema == ours {
            return Ok(header);
        }
        let newest = |versions: &[i64]| versions.iter().max().copied().unwrap_or(0);
        Err(ArchiveError::Unfit(format!(
            "the file has schema {}, this program {}: use the same version of lotlined on both sides",
            newest(&header.schema),
            newest(&ours)
        )))
    }
}
