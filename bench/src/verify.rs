//! Was it really done? Asked of the database itself, beside the daemon.

use crate::{Result, database::Database};

/// What must hold after a load, each as a query that answers with one number.
const TURNS: &str = "SELECT COUNT(*) FROM turns";
const RECEIPTS: &str = "SELECT COUNT(*) FROM receipts";
const GAPS: &str = "SELECT COUNT(*) FROM (SELECT o.id FROM organizations o LEFT JOIN events e ON e.organization_id = o.id
    GROUP BY o.id, o.event_seq HAVING COUNT(e.seq) <> o.event_seq OR COALESCE(MAX(e.seq), 0) <> o.event_seq) g";
const WITHOUT_EVENT: &str =
    "SELECT (SELECT COUNT(*) FROM turns) - (SELECT COUNT(*) FROM events WHERE kind = 'turn.added')";
const NOTES: &str = "SELECT COUNT(*) FROM turns WHERE kind = 'note'";
const MEMBERS_TEXTS: &str = "SELECT COUNT(*) FROM turns WHERE kind = 'message' AND author_kind = 'member'";
const DELIVERIES: &str = "SELECT COUNT(*) FROM deliveries";
/// The AI has the floor, the customer waits, and nothing will answer them.
const WITHOUT_JOB: &str = "SELECT COUNT(*) FROM leads WHERE floor_kind = 'ai' AND waiting_since IS NOT NULL
    AND id NOT IN (SELECT lead_id FROM jobs WHERE kind = 'reply_with_agent' AND state = 'ready' AND lead_id IS NOT NULL)";

/// What a load must have left: so many texts stored, each with its receipt and event, the events dense, and a job for
/// everybody whom the AI is to answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored {
    /// Turns that were there.
    pub(crate) before: u64,
    /// Texts that were acknowledged.
    pub(crate) added: usize,
}

impl Stored {
    pub(crate) async fn check(self, url: &str) -> Result<()> {
        let (before, added) = (i64::try_from(self.before)?, i64::try_from(self.added)?);
        let wanted =
            [(TURNS, before + added), (RECEIPTS, added), (GAPS, 0), (WITHOUT_EVENT, 0), (WITHOUT_JOB, 0)];
        are(url, &wanted).await
    }
}

/// So many notes and texts of members are in the threads, each text with its delivery, and the events are dense.
pub(crate) async fn said(url: &str, notes: usize, texts: usize) -> Result<()> {
    let (notes, texts) = (i64::try_from(notes)?, i64::try_from(texts)?);
    are(url, &[(NOTES, notes), (MEMBERS_TEXTS, texts), (DELIVERIES, texts), (GAPS, 0)]).await
}

async fn are(url: &str, wanted: &[(&'static str, i64)]) -> Result<()> {
    let mut database = Database::open(url).await?;
    for (sql, wanted) in wanted {
        let found = database.number(sql).await?;
        if found != *wanted {
            return Err(format!("{found} in place of {wanted}: {sql}").into());
        }
    }
    database.close().await
}
