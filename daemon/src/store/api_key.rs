//! API keys: stored as hashes, looked up by the id that they carry.

use lotline_common::{
    ApiKeyId, At, OrganizationId, UserId,
    api::{
        api_key::{ApiKey, KeyScope},
        auth::Role,
    },
};

use crate::{
    db::{Committed, DbError, Json, Tx},
    domain::organization::OrgKey,
};

pub async fn insert(tx: &mut Tx, org: OrgKey, key: &ApiKey, hash: Vec<u8>) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "INSERT INTO api_keys (organization_id, id, hash, name, role, scopes, made_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(org.number())
    .bind(key.id)
    .bind(hash)
    .bind(key.name.clone())
    .bind(key.role)
    .bind(key.scopes.clone().map(Json))
    .bind(key.made_by)
    .bind(key.created_at)
    .bind(key.expires_at)
    .execute()
    .await
    .map(drop)
}

/// A key as it is shown.
type Row = (ApiKeyId, String, Role, Option<Json<Vec<KeyScope>>>, UserId, At, At, Option<At>);

/// Those that can still be used, the newest first.
pub async fn list(tx: &mut Tx, org: OrgKey, now: At) -> Result<Vec<ApiKey>, DbError> {
    tx.guard(org)?;
    let rows: Vec<Row> = tx
        .query(
            "SELECT id, name, role, scopes, made_by, created_at, expires_at, last_used_at FROM api_keys
             WHERE organization_id = $1 AND revoked_at IS NULL AND expires_at > $2
             ORDER BY created_at DESC, id",
        )
        .bind(org.number())
        .bind(now)
        .all()
        .await?;
    let keys =
        rows.into_iter().map(|(id, name, role, scopes, made_by, created_at, expires_at, last_used_at)| {
            let scopes = scopes.map(|Json(scopes)| scopes);
            ApiKey { id, name, role, scopes, made_by, created_at, expires_at, last_used_at }
        });
    Ok(keys.collect())
}

/// Ends a key; an absent or ended one is [`DbError::NotFound`].
pub async fn revoke(tx: &mut Tx, org: OrgKey, id: ApiKeyId, at: At) -> Result<(), DbError> {
    tx.guard(org)?;
    let ended = tx
        .query(
            "UPDATE api_keys SET revoked_at = $3
             WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL",
        )
        .bind(org.number())
        .bind(id)
        .bind(at)
        .execute()
        .await?;
    tx.tell(Committed::Sessions);
    if ended == 0 { Err(DbError::NotFound) } else { Ok(()) }
}

/// Ends every key that a member made.
pub async fn revoke_of(tx: &mut Tx, org: OrgKey, maker: UserId, at: At) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "UPDATE api_keys SET revoked_at = $3
         WHERE organization_id = $1 AND made_by = $2 AND revoked_at IS NULL",
    )
    .bind(org.number())
    .bind(maker)
    .bind(at)
    .execute()
    .await?;
    tx.tell(Committed::Sessions);
    Ok(())
}

/// A live key of somebody who is still a member.
#[derive(Clone, sqlx::FromRow)]
pub struct StandingRow {
    pub id: ApiKeyId,
    pub hash: Vec<u8>,
    pub role: Role,
    pub scopes: Option<Json<Vec<KeyScope>>>,
    pub expires_at: At,
    pub last_used_at: Option<At>,
    pub organization_id: i64,
    pub public_id: OrganizationId,
    /// The maker, with the role of now.
    pub user_id: UserId,
    pub name: String,
    pub maker_role: Role,
    /// The organization wants a second factor that the maker does not have.
    pub totp_missing: bool,
}

/// Those of the keys that are live. One query for all.
pub async fn standing(tx: &mut Tx, ids: &[ApiKeyId]) -> Result<Vec<StandingRow>, DbError> {
    let ids: Vec<String> = ids.iter().map(|id| id.uuid().simple().to_string()).collect();
    let sql = tx.pick(
        "SELECT k.id, k.hash, k.role, k.scopes, k.expires_at, k.last_used_at, k.organization_id, o.public_id,
             k.made_by AS user_id, u.name, m.role AS maker_role,
             o.require_totp AND u.totp_confirmed_at IS NULL AS totp_missing
         FROM json_each($1) wanted JOIN api_keys k ON k.id = unhex(wanted.value)
         JOIN users u ON u.id = k.made_by
         JOIN memberships m ON m.user_id = k.made_by AND m.organization_id = k.organization_id
         JOIN organizations o ON o.id = k.organization_id
         WHERE k.revoked_at IS NULL AND u.disabled_at IS NULL AND m.disabled_at IS NULL",
        "SELECT k.id, k.hash, k.role, k.scopes, k.expires_at, k.last_used_at, k.organization_id, o.public_id,
             k.made_by AS user_id, u.name, m.role AS maker_role,
             o.require_totp AND u.totp_confirmed_at IS NULL AS totp_missing
         FROM jsonb_array_elements_text(($1::text)::jsonb) wanted(value) JOIN api_keys k ON k.id = wanted.value::uuid
         JOIN users u ON u.id = k.made_by
         JOIN memberships m ON m.user_id = k.made_by AND m.organization_id = k.organization_id
         JOIN organizations o ON o.id = k.organization_id
         WHERE k.revoked_at IS NULL AND u.disabled_at IS NULL AND m.disabled_at IS NULL",
    );
    tx.query(sql).bind(Json(ids)).all().await
}

/// Notes that a key was used.
pub async fn touch(tx: &mut Tx, id: ApiKeyId, at: At) -> Result<(), DbError> {
    tx.query("UPDATE api_keys SET last_used_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute()
        .await
        .map(drop)
}
