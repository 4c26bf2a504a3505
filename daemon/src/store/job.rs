//! Jobs: enqueued in the caller's transaction, claimed with a lease and a fence, deleted when done.

use std::time::Duration;

use lotline_common::{At, JobId, LeadId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Committed, DbError, Json, Tx},
    domain::{breaker::Vendor, job::Job, organization::OrgKey},
    limits,
};

/// A job this daemon holds. It may finish it only under this fence.
#[derive(Debug, Clone)]
pub struct Claim {
    pub org: OrgKey,
    pub id: JobId,
    pub lead: Option<LeadId>,
    pub job: Job,
    pub attempts: i64,
    pub fence: i64,
    pub created_at: At,
}

/// How long a claim holds: `length` from now by the server's clock; where there is no server, from `steady`, which no
/// change of the system's clock moves.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    pub steady: At,
    pub length: Duration,
}

#[derive(FromRow)]
struct Row {
    organization_id: i64,
    id: JobId,
    lead_id: Option<LeadId>,
    payload: String,
    attempts: i64,
    fence: i64,
    created_at: At,
}

/// Adds work for a lead, at `run_at` or later. The same message is delivered, the same lead answered, by one job.
pub async fn enqueue(
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
    job: Job,
    run_at: At,
    now: At,
) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "INSERT INTO jobs (id, organization_id, kind, lead_id, payload, dedupe_key, priority, run_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (dedupe_key, organization_id) WHERE state = 'ready' AND dedupe_key IS NOT NULL
         DO UPDATE SET run_at = excluded.run_at, waits_for = NULL",
    )
    .bind(JobId::new())
    .bind(org.number())
    .bind(job.kind())
    .bind(lead)
    .bind(Json(&job))
    .bind(dedupe_key(&job, lead))
    .bind(job.priority())
    .bind(run_at)
    .bind(now)
    .execute()
    .await?;
    tx.tell(Committed::Job(run_at));
    Ok(())
}

/// Written the same way by the ingest of texts.
fn dedupe_key(job: &Job, lead: LeadId) -> Option<String> {
    match job {
        Job::ReplyWithAgent => Some(format!("reply:{}", lead.uuid().simple())),
        Job::DeliverMessage { turn } => Some(format!("deliver:{}", turn.uuid().simple())),
        Job::ReconcileMessage { turn } => Some(format!("reconcile:{}", turn.uuid().simple())),
        Job::HandBackFloor { .. } | Job::ExpireHandoff { .. } | Job::ForgetReceipts | Job::Unreadable => None,
    }
}

/// Takes up to `limit` jobs that are due. One of a kind runs at a time per lead, so only the oldest of several that are
/// ready is looked at, by every daemon alike; the attempt is counted now.
///
/// Organizations take turns, whoever has least under way here first, and none gets more than it leaves free: a flood of
/// one does not hold up another's text.
///
/// Two daemons that look at the very same moment may still want two jobs of one lead: the second is refused as taken.
pub async fn claim(
    tx: &mut Tx,
    owner: Uuid,
    now: At,
    lease: Lease,
    limit: i64,
) -> Result<Vec<Claim>, DbError> {
    // What is due. `place` counts what an organization would have under way here, with what it has.
    macro_rules! due {
        () => {
            "SELECT f.id, f.priority, f.run_at, COALESCE(own.held, 0) AS held,
                 COALESCE(own.held, 0) + ROW_NUMBER() OVER (PARTITION BY f.organization_id
                     ORDER BY f.priority DESC, f.run_at, f.id) AS place
             FROM (
                 SELECT j.id, j.organization_id, j.priority, j.run_at,
                     ROW_NUMBER() OVER (PARTITION BY COALESCE(j.lead_id, j.id), j.kind ORDER BY j.run_at, j.id) AS turn
                 FROM jobs j WHERE j.state = 'ready' AND j.run_at <= $3 AND NOT EXISTS (
                     SELECT 1 FROM jobs b WHERE b.lead_id = j.lead_id AND b.kind = j.kind AND b.state = 'leased')
             ) f LEFT JOIN (
                 SELECT organization_id, COUNT(*) AS held FROM jobs WHERE state = 'leased' AND lease_owner = $1
                 GROUP BY organization_id
             ) own ON own.organization_id = f.organization_id
             WHERE f.turn = 1"
        };
    }
    macro_rules! lease {
        ($($chosen:expr),+) => {
            concat!(
                "UPDATE jobs SET state = 'leased', lease_owner = $1, lease_until = $2, attempts = attempts + 1,
                     fence = fence + 1, waits_for = NULL
                 WHERE state = 'ready' AND id IN (",
                $($chosen),+,
                ") RETURNING organization_id, id, lead_id, payload, attempts, fence, created_at"
            )
        };
    }
    let sql = tx.pick(
        lease!(
            "SELECT id FROM (",
            due!(),
            ") WHERE 2 * place - held <= $4 + 1 ORDER BY place, priority DESC, run_at, id LIMIT $4"
        ),
        lease!(
            "SELECT c.id FROM jobs c JOIN (",
            due!(),
            ") due ON due.id = c.id AND 2 * due.place - due.held <= $4 + 1
             WHERE c.state = 'ready' ORDER BY due.place, c.priority DESC, c.run_at, c.id
             LIMIT $4 FOR UPDATE OF c SKIP LOCKED"
        ),
    );
    let leased_at = tx.now(lease.steady).await?;
    // A daemon whose clock is behind the server's must not keep work waiting.
    let due = tx.pick(now, now.max(leased_at));
    let until = leased_at + lease.length;
    let rows: Vec<Row> = tx.query(sql).bind(owner).bind(until).bind(due).bind(limit).all().await?;
    Ok(rows.into_iter().map(Claim::from).collect())
}

impl From<Row> for Claim {
    fn from(row: Row) -> Self {
        Self {
            org: OrgKey::new(row.organization_id),
            id: row.id,
            lead: row.lead_id,
            job: Job::read(&row.payload),
            attempts: row.attempts,
            fence: row.fence,
            created_at: row.created_at,
        }
    }
}

/// How long until the next job is due, if there is any, by this daemon's clock or the server's, whichever is later.
pub async fn next_due(tx: &mut Tx, now: At) -> Result<Option<Duration>, DbError> {
    let sql = tx.pick(
        "SELECT MIN(run_at), $1 FROM jobs WHERE state = 'ready'",
        "SELECT MIN(run_at), GREATEST($1, (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint)
         FROM jobs WHERE state = 'ready'",
    );
    let (due, now): (Option<At>, At) = tx.query(sql).bind(now).one().await?;
    Ok(due.map(|due| due.since(now)))
}

/// What was written by a clock that has gone back since, so that it seems to come from the future, keeps its delay and
/// not its hour; how many jobs. Clocks of several daemons may be apart by `limits::CLOCKS_APART`.
pub async fn come_back(tx: &mut Tx, now: At) -> Result<u64, DbError> {
    let now = tx.now(now).await?;
    tx.query(
        "UPDATE jobs SET run_at = run_at - (created_at - $1), created_at = $1
         WHERE state = 'ready' AND run_at > $2 AND created_at > $2",
    )
    .bind(now)
    .bind(now + limits::CLOCKS_APART)
    .execute()
    .await
}

/// Holds on to a job that takes long; false when it is no longer ours.
pub async fn extend(tx: &mut Tx, claim: &Claim, lease: Lease) -> Result<bool, DbError> {
    tx.guard(claim.org)?;
    let until = tx.now(lease.steady).await? + lease.length;
    let extended = tx
        .query(
            "UPDATE jobs SET lease_until = $4
             WHERE id = $1 AND organization_id = $2 AND fence = $3 AND state = 'leased'",
        )
        .bind(claim.id)
        .bind(claim.org.number())
        .bind(claim.fence)
        .bind(until)
        .execute()
        .await?;
    Ok(extended > 0)
}

/// Is the job still ours? Asked in the transaction that makes its effect visible.
pub async fn holds(tx: &mut Tx, claim: &Claim) -> Result<bool, DbError> {
    tx.guard(claim.org)?;
    let (held,): (bool,) = tx
        .query(
            "SELECT EXISTS (SELECT 1 FROM jobs
                 WHERE id = $1 AND organization_id = $2 AND fence = $3 AND state = 'leased')",
        )
        .bind(claim.id)
        .bind(claim.org.number())
        .bind(claim.fence)
        .one()
        .await?;
    Ok(held)
}

/// Done: in the transaction of its effect where there is one. A stale worker deletes nothing, not even while the job
/// it lost waits for its next worker: it may stand for something newer by then.
pub async fn finish(tx: &mut Tx, claim: &Claim) -> Result<(), DbError> {
    tx.guard(claim.org)?;
    tx.query("DELETE FROM jobs WHERE id = $1 AND organization_id = $2 AND fence = $3 AND state = 'leased'")
        .bind(claim.id)
        .bind(claim.org.number())
        .bind(claim.fence)
        .execute()
        .await
        .map(drop)
}

/// It failed: again at `run_at`. When a younger twin is ready already, that one does it.
pub async fn again(tx: &mut Tx, claim: &Claim, run_at: At, error: &str) -> Result<(), DbError> {
    put_back(tx, claim, run_at, error, None, claim.attempts).await
}

/// Something else was in its way, which is no attempt: again at `run_at`, or as soon as the vendor is back.
pub async fn put_off(
    tx: &mut Tx,
    claim: &Claim,
    run_at: At,
    why: &str,
    waits_for: Option<Vendor>,
) -> Result<(), DbError> {
    put_back(tx, claim, run_at, why, waits_for, claim.attempts - 1).await
}

async fn put_back(
    tx: &mut Tx,
    claim: &Claim,
    run_at: At,
    why: &str,
    waits_for: Option<Vendor>,
    attempts: i64,
) -> Result<(), DbError> {
    tx.guard(claim.org)?;
    let key = claim.lead.and_then(|lead| dedupe_key(&claim.job, lead));
    let (twin,): (bool,) = tx
        .query("SELECT EXISTS (SELECT 1 FROM jobs WHERE dedupe_key = $1 AND organization_id = $2 AND state = 'ready')")
        .bind(key)
        .bind(claim.org.number())
        .one()
        .await?;
    if twin {
        return finish(tx, claim).await;
    }
    tx.query(
        "UPDATE jobs SET state = 'ready', run_at = $4, last_error = $5, waits_for = $6, attempts = $7,
             lease_owner = NULL, lease_until = NULL
         WHERE id = $1 AND organization_id = $2 AND fence = $3 AND state = 'leased'",
    )
    .bind(claim.id)
    .bind(claim.org.number())
    .bind(claim.fence)
    .bind(run_at)
    .bind(why.to_owned())
    .bind(waits_for.map(Vendor::as_str))
    .bind(attempts)
    .execute()
    .await?;
    tx.tell(Committed::Job(run_at));
    Ok(())
}

/// The vendor is back: what waits for it runs now, the oldest first.
pub async fn wake(tx: &mut Tx, org: OrgKey, vendor: Vendor, now: At) -> Result<(), DbError> {
    tx.guard(org)?;
    let woken = tx
        .query(
            "UPDATE jobs SET run_at = $3, waits_for = NULL
             WHERE organization_id = $1 AND waits_for = $2 AND state = 'ready'",
        )
        .bind(org.number())
        .bind(vendor.as_str())
        .bind(now)
        .execute()
        .await?;
    if woken > 0 {
        tx.tell(Committed::Job(now));
    }
    Ok(())
}

/// Given up: kept for a person to look at. False when it was not ours any more.
pub async fn bury(tx: &mut Tx, claim: &Claim, now: At, error: &str) -> Result<bool, DbError> {
    tx.guard(claim.org)?;
    let buried = tx
        .query(
            "UPDATE jobs SET state = 'dead', last_error = $4, dead_at = $5
             WHERE id = $1 AND organization_id = $2 AND fence = $3 AND state = 'leased'",
        )
        .bind(claim.id)
        .bind(claim.org.number())
        .bind(claim.fence)
        .bind(error.to_owned())
        .bind(now)
        .execute()
        .await?;
    Ok(buried > 0)
}

/// Leads for whom something of this kind waits.
pub async fn waiting(tx: &mut Tx, org: OrgKey, kind: &'static str) -> Result<Vec<LeadId>, DbError> {
    tx.guard(org)?;
    let rows: Vec<(LeadId,)> = tx
        .query(
            "SELECT DISTINCT lead_id FROM jobs
             WHERE organization_id = $1 AND kind = $2 AND state = 'ready' AND lead_id IS NOT NULL",
        )
        .bind(org.number())
        .bind(kind)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(lead,)| lead).collect())
}

/// Nothing of this kind waits for the lead any more.
pub async fn cancel(tx: &mut Tx, org: OrgKey, lead: LeadId, kind: &'static str) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("DELETE FROM jobs WHERE lead_id = $1 AND organization_id = $2 AND kind = $3 AND state = 'ready'")
        .bind(lead)
        .bind(org.number())
        .bind(kind)
        .execute()
        .await
        .map(drop)
}

/// Nothing is done for the lead any more: who is at it finds its job gone and writes nothing.
pub async fn cancel_all(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("DELETE FROM jobs WHERE lead_id = $1 AND organization_id = $2")
        .bind(lead)
        .bind(org.number())
        .execute()
        .await
        .map(drop)
}

/// Frees the leases that ran out before then, by the clock of [`Tx::now`], but not those of `running`: their workers are
/// here. The daemon that holds its file alone passes `None` at start and frees all, since whoever held them is gone. A
/// job whose younger twin is ready gives way to it, and one under which several daemons ended waits longer each time: it may
/// be what ends them, and in any case it is not given up for what befalls everybody.
pub async fn release(tx: &mut Tx, ran_out: Option<At>, running: &[JobId]) -> Result<u64, DbError> {
    let before = ran_out.unwrap_or(At::from_micros(i64::MAX));
    let running: Vec<String> = running.iter().map(|job| job.uuid().simple().to_string()).collect();
    let here = tx.pick(
        "SELECT unhex(value) FROM json_each($2))",
        "SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb))",
    );
    let outdated = tx.query("DELETE FROM jobs").push(RAN_OUT).push(here).push(
        " AND EXISTS (SELECT 1 FROM jobs twin
             WHERE twin.dedupe_key = jobs.dedupe_key AND twin.organization_id = jobs.organization_id
               AND twin.state = 'ready')",
    );
    outdated.bind(before).bind(Json(&running)).execute().await?;
    let free = tx.query(
        "UPDATE jobs SET state = 'ready', lease_owner = NULL, lease_until = NULL,
             run_at = run_at + CASE WHEN attempts > $3 THEN (attempts - $3) * $4 ELSE 0 END",
    );
    free.push(RAN_OUT)
        .push(here)
        .bind(before)
        .bind(Json(&running))
        .bind(limits::JOB_ENDINGS_AT_ONCE)
        .bind(i64::try_from(limits::JOB_ENDING_WAIT.as_micros()).unwrap_or(i64::MAX))
        .execute()
        .await
}

const RAN_OUT: &str = " WHERE state = 'leased' AND lease_until < $1 AND id NOT IN (";
