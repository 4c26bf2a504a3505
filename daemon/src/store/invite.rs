//! Invites: single-use, expiring, stored as the hash of their token.

use lotline_common::{
    At, InviteId, UserId,
    api::{auth::Role, invite::OpenInvite},
};

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
};

/// An invite as whoever holds its token finds it, used up or not.
#[derive(Clone, sqlx::FromRow)]
pub struct FoundInvite {
    pub id: InviteId,
    pub organization_id: i64,
    pub email: String,
    pub role: Role,
    pub invited_by: Option<UserId>,
    pub expires_at: At,
    pub accepted_at: Option<At>,
    pub revoked_at: Option<At>,
}

pub async fn insert(tx: &mut Tx, org: OrgKey, invite: &OpenInvite, hash: Vec<u8>) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "INSERT INTO invites (organization_id, id, hash, email, role, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(org.number())
    .bind(invite.id)
    .bind(hash)
    .bind(invite.email.clone())
    .bind(invite.role)
    .bind(invite.invited_by)
    .bind(invite.created_at)
    .bind(invite.expires_at)
    .execute()
    .await
    .map(drop)
}

/// Those that can still be used, the newest first.
pub async fn open(tx: &mut Tx, org: OrgKey, now: At) -> Result<Vec<OpenInvite>, DbError> {
    tx.guard(org)?;
    let rows: Vec<(InviteId, String, Role, Option<UserId>, At, At)> = tx
        .query(
            "SELECT id, email, role, invited_by, created_at, expires_at FROM invites
             WHERE organization_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2
             ORDER BY created_at DESC, id",
        )
        .bind(org.number())
        .bind(now)
        .all()
        .await?;
    let invites = rows.into_iter().map(|(id, email, role, invited_by, created_at, expires_at)| OpenInvite {
        id,
        email,
        role,
        invited_by,
        created_at,
        expires_at,
    });
    Ok(invites.collect())
}

/// By the hash of its token, in whichever organization.
pub async fn find_by_hash(tx: &mut Tx, hash: &[u8]) -> Result<Option<FoundInvite>, DbError> {
    tx.query(
        "SELECT id, organization_id, email, role, invited_by, expires_at, accepted_at, revoked_at FROM invites
         WHERE hash = $1",
    )
    .bind(hash.to_vec())
    .optional()
    .await
}

/// Uses it up; false when somebody was faster.
pub async fn accept(tx: &mut Tx, org: OrgKey, id: InviteId, at: At) -> Result<bool, DbError> {
    tx.guard(org)?;
    let accepted = tx
        .query(
            "UPDATE invites SET accepted_at = $3
             WHERE organization_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL",
        )
        .bind(org.number())
        .bind(id)
        .bind(at)
        .execute()
        .await?;
    Ok(accepted == 1)
}

pub async fn revoke(tx: &mut Tx, org: OrgKey, id: InviteId, at: At) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("UPDATE invites SET revoked_at = $3 WHERE organization_id = $1 AND id = $2")
        .bind(org.number())
        .bind(id)
        .bind(at)
        .execute()
        .await
        .map(drop)
}
