//! Breakers: which vendor is left alone for which organization.

use lotline_common::At;
use sqlx::FromRow;

use crate::{
    db::{DbError, Tx},
    domain::{
        breaker::{Breaker, Vendor},
        organization::OrgKey,
    },
};

#[derive(FromRow)]
struct Row {
    failures: i64,
    openings: i64,
    refused: bool,
    probing: bool,
    until: At,
}

const COLUMNS: &str = "SELECT failures, openings, refused, probing, until FROM breakers
    WHERE vendor = $1 AND organization_id = $2";

/// As it stands; a vendor that nobody complained of has no row.
pub async fn find(tx: &mut Tx, org: OrgKey, vendor: Vendor) -> Result<Breaker, DbError> {
    tx.guard(org)?;
    let row: Option<Row> = tx.query(COLUMNS).bind(vendor.as_str()).bind(org.number()).optional().await?;
    Ok(row.map_or(Breaker::CLOSED, |row| Breaker {
        failures: row.failures,
        openings: row.openings,
        refused: row.refused,
        probing: row.probing,
        until: row.until,
    }))
}

/// The same for whoever will change it: on PostgreSQL nobody else does until the transaction ends. A row that is not
/// there yet cannot be locked.
pub async fn open(tx: &mut Tx, org: OrgKey, vendor: Vendor) -> Result<Breaker, DbError> {
    let lock = tx.pick("", "SELECT pg_advisory_xact_lock(hashtextextended($1, $2))");
    if !lock.is_empty() {
        tx.query(lock).bind(vendor.as_str()).bind(org.number()).execute().await?;
    }
    find(tx, org, vendor).await
}

/// Writes it back; one that is closed and without a failure is removed.
pub async fn save(tx: &mut Tx, org: OrgKey, vendor: Vendor, breaker: Breaker) -> Result<(), DbError> {
    tx.guard(org)?;
    if breaker == Breaker::CLOSED {
        let query = tx.query("DELETE FROM breakers WHERE vendor = $1 AND organization_id = $2");
        return query.bind(vendor.as_str()).bind(org.number()).execute().await.map(drop);
    }
    tx.query(
        "INSERT INTO breakers (vendor, organization_id, failures, openings, refused, probing, until)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (vendor, organization_id) DO UPDATE SET failures = excluded.failures,
             openings = excluded.openings, refused = excluded.refused, probing = excluded.probing,
             until = excluded.until",
    )
    .bind(vendor.as_str())
    .bind(org.number())
    .bind(breaker.failures)
    .bind(breaker.openings)
    .bind(breaker.refused)
    .bind(breaker.probing)
    .bind(breaker.until)
    .execute()
    .await
    .map(drop)
}
