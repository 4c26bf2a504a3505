//! How much waits and for how long, over all organizations: what is done is not looked at, and no more than so many rows.

use lotline_common::{
    At,
    api::{alarm::AlarmKind, message::DeliveryState},
};
use sqlx::FromRow;

use crate::{
    db::{DbError, Tx},
    limits,
};

/// Jobs of one kind and state.
#[derive(Debug, Clone, FromRow)]
pub struct Jobs {
    pub kind: String,
    pub state: String,
    pub count: i64,
    /// When the oldest of them was due.
    pub oldest: At,
}

/// Messages of one state that have not arrived for certain.
#[derive(Debug, Clone, FromRow)]
pub struct Deliveries {
    pub state: DeliveryState,
    pub count: i64,
    /// Those that a person must settle.
    pub for_operator: i64,
    pub oldest: At,
}

/// Jobs that wait, run or were given up. Done ones are no rows.
pub async fn jobs(tx: &mut Tx) -> Result<Vec<Jobs>, DbError> {
    tx.query(
        "SELECT kind, state, COUNT(*) AS count, MIN(run_at) AS oldest
         FROM (SELECT kind, state, run_at FROM jobs LIMIT $1) j GROUP BY kind, state",
    )
    .bind(limits::MEASURED_ROWS)
    .all()
    .await
}

/// Messages on their way. The condition is that of the index `deliveries_open`, word for word.
pub async fn deliveries(tx: &mut Tx) -> Result<Vec<Deliveries>, DbError> {
    tx.query(
        "SELECT state, COUNT(*) AS count, COUNT(CASE WHEN needs_operator THEN 1 END) AS for_operator,
             MIN(created_at) AS oldest
         FROM (SELECT state, needs_operator, created_at FROM deliveries
               WHERE state IN ('held', 'queued', 'attempting', 'unknown') LIMIT $1) d GROUP BY state",
    )
    .bind(limits::MEASURED_ROWS)
    .all()
    .await
}

/// Organizations that leave a vendor alone, by vendor.
pub async fn breakers(tx: &mut Tx) -> Result<Vec<(String, i64)>, DbError> {
    tx.query("SELECT vendor, COUNT(*) FROM (SELECT vendor FROM breakers WHERE openings > 0 LIMIT $1) b GROUP BY vendor")
        .bind(limits::MEASURED_ROWS)
        .all()
        .await
}

/// Open alarms of all organizations.
pub async fn alarms(tx: &mut Tx) -> Result<Vec<(AlarmKind, i64)>, DbError> {
    tx.query("SELECT kind, COUNT(*) FROM (SELECT kind FROM alarms LIMIT $1) a GROUP BY kind")
        .bind(limits::MEASURED_ROWS)
        .all()
        .await
}
