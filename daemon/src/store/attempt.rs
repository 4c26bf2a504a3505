//! Tries to prove who one is, wherever they were made. A bucket is the moment at which it will be full again.

use std::time::Duration;

use lotline_common::At;

use crate::{
    db::{DbError, Tx},
    domain::attempt::Tries,
    limits,
};

/// Whose tries: a hash, so that no row names anybody.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub key: Vec<u8>,
    pub tries: Tries,
}

/// Takes a try, or says how long to wait for one. `now` is the clock that all daemons share.
pub async fn take(tx: &mut Tx, bucket: &Bucket, now: At) -> Result<Result<(), Duration>, DbError> {
    let Bucket { key, tries } = bucket;
    let latest = now + tries.every * (tries.in_a_row - 1);
    let taken = tx
        .query(
            "INSERT INTO attempts (key, full_at) VALUES ($1, $2)
             ON CONFLICT (key) DO UPDATE SET full_at =
                 CASE WHEN attempts.full_at > $3 AND attempts.full_at <= $4 THEN attempts.full_at + ($2 - $3)
                      ELSE $2 END
             WHERE attempts.full_at <= $4 OR attempts.full_at > $5",
        )
        .bind(key.clone())
        .bind(now + tries.every)
        .bind(now)
        .bind(latest)
        // No bucket takes longer to fill: the clock has gone back since that was written.
        .bind(latest + tries.every + limits::CLOCKS_APART)
        .execute()
        .await?;
    if taken > 0 {
        return Ok(Ok(()));
    }
    let (full_at,): (At,) =
        tx.query("SELECT full_at FROM attempts WHERE key = $1").bind(key.clone()).one().await?;
    Ok(Err(full_at.since(latest)))
}

/// The try was a good one and costs nothing.
pub async fn give_back(tx: &mut Tx, bucket: &Bucket) -> Result<(), DbError> {
    let every = i64::try_from(bucket.tries.every.as_micros()).unwrap_or(i64::MAX);
    tx.query("UPDATE attempts SET full_at = full_at - $2 WHERE key = $1")
        .bind(bucket.key.clone())
        .bind(every)
        .execute()
        .await
        .map(drop)
}

/// Removes up to `limit` buckets that are full again.
pub async fn prune(tx: &mut Tx, now: At, limit: i64) -> Result<u64, DbError> {
    tx.query("DELETE FROM attempts WHERE key IN (SELECT key FROM attempts WHERE full_at <= $1 LIMIT $2)")
        .bind(now)
        .bind(limit)
        .execute()
        .await
}
