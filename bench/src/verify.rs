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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::seed::Stores;

    /// Figures of a daemon that lost something would be taken for good ones.
    #[tokio::test]
    async fn what_is_lost_or_doubled_is_found() -> Result<()> {
        lotlined::app::install_crypto();
        let folder = std::env::temp_dir().join(format!("lotline-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let (stores, stored) = (Stores::on_sqlite(&folder), Stored { before: 40, added: 0 });
        stored.check(&stores.copy(40).await?).await?;
        for hole in [
            "PRAGMA foreign_keys = OFF; DELETE FROM turns WHERE id IN (SELECT id FROM turns LIMIT 1)",
            "INSERT INTO receipts (id, organization_id, source, dedupe_key, body, at) VALUES (x'00', 1, 's', 'k', 'b', 0)",
            "UPDATE organizations SET event_seq = event_seq + 1 WHERE id = 1",
            "UPDATE leads SET waiting_since = 0 WHERE floor_kind = 'ai'",
            "DROP TRIGGER events_are_not_changed; UPDATE events SET kind = 'lead.updated' WHERE organization_id = 1 AND kind = 'turn.added'",
        ] {
            let url = stores.copy(40).await?;
            let mut database = Database::open(&url).await?;
            database.run(hole.to_owned()).await?;
            database.close().await?;
            assert!(stored.check(&url).await.is_err(), "{hole}");
        }
        Ok(fs::remove_dir_all(folder)?)
    }
}
