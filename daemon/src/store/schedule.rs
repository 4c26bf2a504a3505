//! Whose turn it is to do what is done once in a while, however many daemons there are.

use std::time::Duration;

use lotline_common::At;

use crate::{
    db::{DbError, Tx},
    limits,
};

/// True for the one daemon that does it this time; the next turn is `every` later.
pub async fn take(tx: &mut Tx, name: &'static str, every: Duration, now: At) -> Result<bool, DbError> {
    let taken = tx
        .query(
            "INSERT INTO schedules (name, due_at) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at
             WHERE schedules.due_at <= $3 OR schedules.due_at > $4",
        )
        .bind(name)
        .bind(now + every)
        .bind(now)
        // No turn is further away: the clock has gone back since it was taken.
        .bind(now + every + limits::CLOCKS_APART)
        .execute()
        .await?;
    Ok(taken > 0)
}
