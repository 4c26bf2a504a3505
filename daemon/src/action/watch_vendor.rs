//! What requests tell of a vendor opens and closes its breaker, raises and clears its alarm, and wakes what waits.

use lotline_common::At;

use super::raise_alarm;
use crate::{
    db::{DbError, Tx},
    domain::{
        breaker::{Admission, Breaker, Heard, Vendor},
        organization::OrgKey,
    },
    store,
};

/// May a request go out now? Asked in the transaction that begins it, in which `breaker` was opened.
pub async fn admit(
    tx: &mut Tx,
    org: OrgKey,
    vendor: Vendor,
    mut breaker: Breaker,
    now: At,
) -> Result<Admission, DbError> {
    let admission = breaker.admit(now);
    if admission == Admission::Probe {
        store::breaker::save(tx, org, vendor, breaker).await?;
    }
    Ok(admission)
}

/// A request has come to an end.
pub async fn hear(tx: &mut Tx, org: OrgKey, vendor: Vendor, heard: Heard, now: At) -> Result<(), DbError> {
    let before = store::breaker::open(tx, org, vendor).await?;
    let mut after = before;
    after.hear(heard, now, fastrand::f64());
    change(tx, org, vendor, before, after, now).await
}

/// Somebody mended it, new credentials perhaps: the next request goes out at once.
pub async fn forgive(tx: &mut Tx, org: OrgKey, vendor: Vendor, now: At) -> Result<(), DbError> {
    let before = store::breaker::open(tx, org, vendor).await?;
    change(tx, org, vendor, before, Breaker::CLOSED, now).await
}

async fn change(
    tx: &mut Tx,
    org: OrgKey,
    vendor: Vendor,
    before: Breaker,
    after: Breaker,
    now: At,
) -> Result<(), DbError> {
    if before == after {
        return Ok(());
    }
    store::breaker::save(tx, org, vendor, after).await?;
    let (was, is) = (before.alarm(vendor), after.alarm(vendor));
    if was != is {
        for kind in vendor.alarms().iter().filter(|kind| Some(**kind) != is) {
            raise_alarm::clear(tx, org, *kind, None, now).await?;
        }
        if let Some(kind) = is {
            raise_alarm::raise(tx, org, kind, None, now).await?;
        }
    }
    if before.is_open() && !after.is_open() {
        store::job::wake(tx, org, vendor, now).await?;
    }
    Ok(())
}
