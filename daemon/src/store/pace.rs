//! How fast an own number sends, whichever daemons send from it.

use std::time::Duration;

use lotline_common::{At, PhoneNumber};

use crate::{
    db::{DbError, Tx},
    domain::{organization::OrgKey, pace::Share},
    limits,
};

/// Takes a share of the number's time now, or says how long to wait before asking again. Asked in the transaction that
/// marks the attempt, so that nothing is taken for what does not leave.
pub async fn take(
    tx: &mut Tx,
    org: OrgKey,
    number: &PhoneNumber,
    share: Share,
    now: At,
) -> Result<Result<(), Duration>, DbError> {
    tx.guard(org)?;
    let taken = tx
        .query(
            "INSERT INTO paces (phone_number, organization_id, busy_until) VALUES ($1, $2, $3)
             ON CONFLICT (phone_number, organization_id) DO UPDATE SET busy_until =
                 CASE WHEN paces.busy_until > $4 AND paces.busy_until <= $5 THEN paces.busy_until + ($3 - $4)
                      ELSE $3 END
             WHERE paces.busy_until <= $5 OR paces.busy_until > $6",
        )
        .bind(number.clone())
        .bind(org.number())
        .bind(now + share.takes)
        .bind(now)
        .bind(now + share.ahead)
        // Nobody is busy for longer: the clock has gone back since that was written.
        .bind(now + share.ahead + share.takes + limits::CLOCKS_APART)
        .execute()
        .await?;
    if taken > 0 {
        return Ok(Ok(()));
    }
    let (busy_until,): (At,) = tx
        .query("SELECT busy_until FROM paces WHERE phone_number = $1 AND organization_id = $2")
        .bind(number.clone())
        .bind(org.number())
        .one()
        .await?;
    Ok(Err(busy_until.since(now + share.ahead)))
}
