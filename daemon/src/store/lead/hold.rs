//! Legal holds: what somebody may have to show to a court is neither pruned nor erased.

use lotline_common::LeadId;

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
};

pub async fn is_held(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<bool, DbError> {
    tx.guard(org)?;
    let (held,): (bool,) = tx
        .query("SELECT legal_hold FROM leads WHERE id = $2 AND organization_id = $1 AND erased_at IS NULL")
        .bind(org.number())
        .bind(lead)
        .one()
        .await?;
    Ok(held)
}

/// Sets or lifts the hold; false when it stood so already.
pub async fn set_hold(tx: &mut Tx, org: OrgKey, lead: LeadId, held: bool) -> Result<bool, DbError> {
    if is_held(tx, org, lead).await? == held {
        return Ok(false);
    }
    tx.query("UPDATE leads SET legal_hold = $3 WHERE id = $2 AND organization_id = $1")
        .bind(org.number())
        .bind(lead)
        .bind(held)
        .execute()
        .await?;
    Ok(true)
}
