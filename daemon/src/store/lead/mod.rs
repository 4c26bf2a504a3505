//! Leads: the list, one lead, and what hangs on it.

mod attached;
mod conversation;
mod erase;
mod hold;
mod list;
mod view;
mod write;

use lotline_common::{LeadId, api::lead::Lead};

pub use attached::{Line, consents};
pub use conversation::conversation;
pub use erase::{erase, recognised, tombstone};
pub use hold::{is_held, set_hold};
pub use list::{Filter, Position, page};
pub use write::{Change, NewLead, SentimentChange, by_phone, change, everywhere_by_phone, insert, learn};

use crate::{
    db::{DbError, Json, Tx},
    domain::organization::OrgKey,
};
use view::LeadRow;

/// One lead; another organization's and an erased one are as absent as none.
pub async fn find(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Lead, DbError> {
    tx.guard(org)?;
    macro_rules! one {
        ($row:ident, $cast:literal) => {
            concat!(
                "SELECT ",
                view::$row!(),
                $cast,
                " FROM leads l",
                view::joins!(),
                " WHERE l.id = $2 AND l.organization_id = $1 AND l.erased_at IS NULL",
            )
        };
    }
    let sql = tx.pick(one!(row_on_sqlite, ""), one!(row_on_postgres, "::text"));
    let (Json(row),): (Json<LeadRow>,) = tx.query(sql).bind(org.number()).bind(lead).one().await?;
    Ok(row.into())
}

/// Refuses a lead that this organization never had; an erased one is known still.
pub async fn known(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    tx.guard(org)?;
    let (_id,): (LeadId,) = tx
        .query("SELECT id FROM leads WHERE id = $2 AND organization_id = $1")
        .bind(org.number())
        .bind(lead)
        .one()
        .await?;
    Ok(())
}

/// Refuses a lead that this organization does not have.
pub async fn exists(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    tx.guard(org)?;
    let (_id,): (LeadId,) = tx
        .query("SELECT id FROM leads WHERE id = $2 AND organization_id = $1 AND erased_at IS NULL")
        .bind(org.number())
        .bind(lead)
        .one()
        .await?;
    Ok(())
}
