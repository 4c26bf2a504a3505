//! SQLite's indexes grow by small pieces, and a search looks into each of them.

use crate::db::{DbError, Tx};

/// An index of SQLite's. A server's own vacuum looks after its.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// How the words begin that say who a customer is.
    Beginnings,
    /// Parts of those words.
    Parts,
    /// What was said.
    Words,
}

impl Index {
    pub const ALL: [Self; 3] = [Self::Beginnings, Self::Parts, Self::Words];

    /// FTS5's command: [merge](https://sqlite.org/fts5.html#the_merge_command). A number below zero begins anew with all
    /// pieces that there are.
    fn merge(self) -> &'static str {
        match self {
            Self::Beginnings => {
                "INSERT INTO search_leads_words (search_leads_words, rank) VALUES ('merge', $1)"
            }
            Self::Parts => "INSERT INTO search_leads_index (search_leads_index, rank) VALUES ('merge', $1)",
            Self::Words => "INSERT INTO search_words (search_words, rank) VALUES ('merge', $1)",
        }
    }
}

/// Puts about `pages` pages of an index together, at first of all its pieces. What was erased is left out. True when there
/// was something to do.
pub async fn gather(tx: &mut Tx, index: Index, first: bool, pages: i64) -> Result<bool, DbError> {
    if tx.pick(false, true) {
        return Ok(false);
    }
    let before = changes(tx).await?;
    tx.query(index.merge()).bind(if first { -pages } else { pages }).execute().await?;
    // The command itself counts as a row.
    Ok(changes(tx).await? - before > 1)
}

async fn changes(tx: &mut Tx) -> Result<i64, DbError> {
    let (changes,) = tx.query("SELECT total_changes()").one().await?;
    Ok(changes)
}
