//! Carrier accounts with sealed credentials: one is live per organization, retired ones are history.

use lotline_common::{At, CarrierAccountId, api::organization::CarrierProvider};
use uuid::Uuid;

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
    seal::Place,
};

/// A row as stored: secrets are sealed.
#[derive(Clone, sqlx::FromRow)]
pub struct SealedAccount {
    pub organization_id: i64,
    pub id: CarrierAccountId,
    pub provider: CarrierProvider,
    pub account_sid: String,
    pub auth_token: Vec<u8>,
    pub auth_token_secondary: Option<Vec<u8>>,
    pub api_key_sid: Option<String>,
    pub api_key_secret: Option<Vec<u8>>,
    pub answers_keywords: bool,
}

/// Where a secret of an account is sealed for.
pub fn place(org: OrgKey, id: CarrierAccountId, column: &'static str) -> Place {
    let row: Uuid = id.uuid();
    Place { organization: org, table: "carrier_accounts", column, row }
}

/// Retires the live account and puts `account` in its place.
pub async fn replace(tx: &mut Tx, org: OrgKey, account: SealedAccount, at: At) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("UPDATE carrier_accounts SET retired_at = $2 WHERE organization_id = $1 AND retired_at IS NULL")
        .bind(org.number())
        .bind(at)
        .execute()
        .await?;
    tx.query(
        "INSERT INTO carrier_accounts (organization_id, id, provider, account_sid, auth_token,
             auth_token_secondary, api_key_sid, api_key_secret, answers_keywords, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(org.number())
    .bind(account.id)
    .bind(account.provider)
    .bind(account.account_sid)
    .bind(account.auth_token)
    .bind(account.auth_token_secondary)
    .bind(account.api_key_sid)
    .bind(account.api_key_secret)
    .bind(account.answers_keywords)
    .bind(at)
    .execute()
    .await
    .map(drop)
}

/// The live account, else [`DbError::NotFound`].
pub async fn live(tx: &mut Tx, org: OrgKey) -> Result<SealedAccount, DbError> {
    tx.guard(org)?;
    tx.query(
        "SELECT organization_id, id, provider, account_sid, auth_token, auth_token_secondary, api_key_sid,
             api_key_secret, answers_keywords
         FROM carrier_accounts WHERE organization_id = $1 AND retired_at IS NULL",
    )
    .bind(org.number())
    .one()
    .await
}

/// Every live account of the installation, for the directory.
pub async fn all_live(tx: &mut Tx) -> Result<Vec<SealedAccount>, DbError> {
    tx.query(
        "SELECT organization_id, id, provider, account_sid, auth_token, auth_token_secondary, api_key_sid,
             api_key_secret, answers_keywords
         FROM carrier_accounts WHERE retired_at IS NULL",
    )
    .all()
    .await
}
