//! Dead letters: jobs that were given up and wait for a person.

use lotline_common::{At, JobId, LeadId, api::dead_letter::DeadLetter};
use sqlx::FromRow;

use crate::{
    db::{Committed, DbError, Tx},
    domain::{job::Job, organization::OrgKey},
    limits,
};

/// A job that was given up, for whoever decides what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    pub id: JobId,
    pub lead: Option<LeadId>,
    pub job: Job,
}

#[derive(FromRow)]
struct Row {
    id: JobId,
    kind: String,
    lead_id: Option<LeadId>,
    lead_name: Option<String>,
    attempts: i64,
    last_error: String,
    since: At,
}

impl From<Row> for DeadLetter {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            lead_id: row.lead_id,
            lead_name: row.lead_name,
            attempts: row.attempts,
            last_error: row.last_error,
            since: row.since,
        }
    }
}

/// The newest, the newest first.
pub async fn list(tx: &mut Tx, org: OrgKey) -> Result<Vec<DeadLetter>, DbError> {
    tx.guard(org)?;
    let rows: Vec<Row> = tx
        .query(
            "SELECT j.id, j.kind, j.lead_id, l.name AS lead_name, j.attempts,
                 COALESCE(j.last_error, '') AS last_error, COALESCE(j.dead_at, j.created_at) AS since
             FROM jobs j LEFT JOIN leads l ON l.id = j.lead_id AND l.organization_id = j.organization_id
             WHERE j.organization_id = $1 AND j.state = 'dead' ORDER BY j.dead_at DESC, j.id LIMIT $2",
        )
        .bind(org.number())
        .bind(limits::DEAD_LETTERS)
        .all()
        .await?;
    Ok(rows.into_iter().map(DeadLetter::from).collect())
}

/// How many there are.
pub async fn count(tx: &mut Tx, org: OrgKey) -> Result<i64, DbError> {
    tx.guard(org)?;
    let query = tx.query("SELECT COUNT(*) FROM jobs WHERE organization_id = $1 AND state = 'dead'");
    let (count,): (i64,) = query.bind(org.number()).one().await?;
    Ok(count)
}

pub async fn find(tx: &mut Tx, org: OrgKey, id: JobId) -> Result<DeadJob, DbError> {
    tx.guard(org)?;
    let (lead, payload): (Option<LeadId>, String) = tx
        .query("SELECT lead_id, payload FROM jobs WHERE id = $1 AND organization_id = $2 AND state = 'dead'")
        .bind(id)
        .bind(org.number())
        .one()
        .await?;
    Ok(DeadJob { id, lead, job: Job::read(&payload) })
}

/// Runs again from now on, with all its attempts. One whose younger twin is ready gives way to it.
pub async fn revive(tx: &mut Tx, org: OrgKey, id: JobId, now: At) -> Result<(), DbError> {
    tx.guard(org)?;
    let revived = tx
        .query(
            "UPDATE jobs SET state = 'ready', run_at = $3, attempts = 0, dead_at = NULL, lease_owner = NULL,
                 lease_until = NULL
             WHERE id = $1 AND organization_id = $2 AND state = 'dead' AND NOT EXISTS (SELECT 1 FROM jobs twin
                 WHERE twin.dedupe_key = jobs.dedupe_key AND twin.organization_id = jobs.organization_id
                   AND twin.state = 'ready')",
        )
        .bind(id)
        .bind(org.number())
        .bind(now)
        .execute()
        .await?;
    if revived == 0 {
        return remove(tx, org, id).await;
    }
    tx.tell(Committed::Job(now));
    Ok(())
}

/// It will never be done. `NotFound` when somebody else decided meanwhile.
pub async fn remove(tx: &mut Tx, org: OrgKey, id: JobId) -> Result<(), DbError> {
    tx.guard(org)?;
    let query = tx.query("DELETE FROM jobs WHERE id = $1 AND organization_id = $2 AND state = 'dead'");
    match query.bind(id).bind(org.number()).execute().await? {
        0 => Err(DbError::NotFound),
        _ => Ok(()),
    }
}
