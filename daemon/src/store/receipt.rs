//! Raw webhook bodies, kept for a while: the answer to "we never got it".

use lotline_common::{At, ReceiptId};

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
};

/// A body to be kept.
#[derive(Debug, Clone)]
pub struct NewReceipt {
    pub id: ReceiptId,
    pub source: &'static str,
    pub key: String,
    pub body: String,
}

pub async fn insert(tx: &mut Tx, org: OrgKey, at: At, receipt: NewReceipt) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("INSERT INTO receipts (id, organization_id, source, dedupe_key, body, at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(receipt.id)
        .bind(org.number())
        .bind(receipt.source)
        .bind(receipt.key)
        .bind(receipt.body)
        .bind(at)
        .execute()
        .await
        .map(drop)
}

/// Removes up to `limit` receipts from before `at`, oldest first; ids grow with time, so it is a range of the key.
pub async fn prune(tx: &mut Tx, before: At, limit: i64) -> Result<u64, DbError> {
    tx.query("DELETE FROM receipts WHERE id IN (SELECT id FROM receipts WHERE id < $1 ORDER BY id LIMIT $2)")
        .bind(super::first_id_at(before))
        .bind(limit)
        .execute()
        .await
}
