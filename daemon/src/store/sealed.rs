//! Every column that a data key seals, so that a new key reaches all of them.

use uuid::Uuid;

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
    seal::Place,
};

/// A column of sealed values and the column that names its row.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub table: &'static str,
    row: &'static str,
    pub column: &'static str,
}

const fn column(table: &'static str, row: &'static str, column: &'static str) -> Column {
    Column { table, row, column }
}

/// Sealed by the organization's key. Values under a customer's own key are not here: only that key is sealed anew.
pub const COLUMNS: &[Column] = &[
    column("carrier_accounts", "id", "auth_token"),
    column("carrier_accounts", "id", "auth_token_secondary"),
    column("carrier_accounts", "id", "api_key_secret"),
    column("agent_profiles", "id", "api_key"),
    column("lead_keys", "lead_id", "sealed"),
    column("erasure_keys", "id", "sealed"),
    column("idempotency_keys", "id", "answer"),
];

impl Column {
    /// Where the value of a row is sealed for.
    pub fn place(&self, org: OrgKey, row: Uuid) -> Place {
        Place { organization: org, table: self.table, column: self.column, row }
    }
}

/// Up to `limit` values that another key than `key_id` sealed. The key's name stands in the value itself.
pub async fn under_another(
    tx: &mut Tx,
    org: OrgKey,
    of: Column,
    key_id: Vec<u8>,
    limit: i64,
) -> Result<Vec<(Uuid, Vec<u8>)>, DbError> {
    tx.guard(org)?;
    tx.query("SELECT ")
        .push(of.row)
        .push(", ")
        .push(of.column)
        .push(" FROM ")
        .push(of.table)
        .push(" WHERE organization_id = $1 AND substr(")
        .push(of.column)
        .push(", 2, 4) <> $2 LIMIT $3")
        .bind(org.number())
        .bind(key_id)
        .bind(limit)
        .all()
        .await
}

/// Puts a value sealed anew in the place of `before`; one that changed in between stays.
pub async fn replace(
    tx: &mut Tx,
    org: OrgKey,
    of: Column,
    row: Uuid,
    (before, after): (Vec<u8>, Vec<u8>),
) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("UPDATE ")
        .push(of.table)
        .push(" SET ")
        .push(of.column)
        .push(" = $4 WHERE organization_id = $1 AND ")
        .push(of.row)
        .push(" = $2 AND ")
        .push(of.column)
        .push(" = $3")
        .bind(org.number())
        .bind(row)
        .bind(before)
        .bind(after)
        .execute()
        .await
        .map(drop)
}
