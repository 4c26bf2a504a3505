//! The installation as a whole: what is in it, and when it came out of a backup.

use lotline_common::At;
use sqlx::FromRow;

use crate::db::{DbError, Tx};

/// So that a person can tell whether this is what they look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Contents {
    pub organizations: i64,
    pub leads: i64,
    pub turns: i64,
    /// When the newest event happened.
    pub newest: Option<At>,
}

pub async fn contents(tx: &mut Tx) -> Result<Contents, DbError> {
    tx.query(
        "SELECT (SELECT COUNT(*) FROM organizations) AS organizations, (SELECT COUNT(*) FROM leads) AS leads,
             (SELECT COUNT(*) FROM turns) AS turns, (SELECT MAX(at) FROM events) AS newest",
    )
    .one()
    .await
}

/// Remembers that this database is a backup's.
pub async fn note_restoration(tx: &mut Tx, at: At) -> Result<(), DbError> {
    tx.query("INSERT INTO restorations (at) VALUES ($1)").bind(at).execute().await.map(drop)
}

/// Was it restored at that moment or later?
pub async fn restored_since(tx: &mut Tx, at: At) -> Result<bool, DbError> {
    let query = tx.query("SELECT EXISTS (SELECT 1 FROM restorations WHERE at >= $1)").bind(at);
    let (restored,): (bool,) = query.one().await?;
    Ok(restored)
}
