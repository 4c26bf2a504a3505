//! Raw webhook bodies, kept for a while: the answer to "we never got it".

use lotline_common::{At, LeadId, ReceiptId};

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

/// Receipts of what the carrier said of a lead's messages, told by the message's sid at the head of their key.
pub async fn of_deliveries(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Vec<ReceiptId>, DbError> {
    tx.guard(org)?;
    let rows: Vec<(ReceiptId,)> = tx
        .query(
            "SELECT id FROM receipts WHERE organization_id = $1 AND source = 'twilio.status'
                 AND substr(dedupe_key, 1, 34) IN (SELECT carrier_sid FROM deliveries
                     WHERE lead_id = $2 AND organization_id = $1 AND carrier_sid IS NOT NULL)",
        )
        .bind(org.number())
        .bind(lead)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn remove(tx: &mut Tx, org: OrgKey, ids: Vec<ReceiptId>) -> Result<(), DbError> {
    tx.guard(org)?;
    for id in ids {
        tx.query("DELETE FROM receipts WHERE id = $1 AND organization_id = $2")
            .bind(id)
            .bind(org.number())
            .execute()
            .await?;
    }
    Ok(())
}
