//! Sessions: families of refresh tokens. One token of a family is live; the used ones betray a stolen copy.

use lotline_common::{
    At, OrganizationId, SessionId, UserId,
    api::{auth::Role, me::OpenSession},
};

use crate::{
    db::{Committed, DbError, Tx},
    domain::{audit::Origin, organization::OrgKey},
};

/// SHA-256 of a refresh token.
pub type TokenHash = Vec<u8>;

/// A refresh token with the session it belongs to.
#[derive(Clone, sqlx::FromRow)]
pub struct TokenRow {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub organization_id: i64,
    /// Of the token.
    pub expires_at: At,
    /// Of the family: no token outlives it.
    pub family_expires_at: At,
    pub used_at: Option<At>,
    pub revoked_at: Option<At>,
    pub disabled_at: Option<At>,
}

pub async fn insert(
    tx: &mut Tx,
    id: SessionId,
    user: UserId,
    (at, expires): (At, At),
    from: Origin,
) -> Result<(), DbError> {
    tx.query(
        "INSERT INTO sessions (id, user_id, created_at, expires_at, address, user_agent)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(user)
    .bind(at)
    .bind(expires)
    .bind(from.address.map(|address| address.to_string()))
    .bind(from.user_agent)
    .execute()
    .await
    .map(drop)
}

/// Notes from where a session goes on.
pub async fn seen(tx: &mut Tx, id: SessionId, from: Origin) -> Result<(), DbError> {
    tx.query("UPDATE sessions SET address = $2, user_agent = $3 WHERE id = $1")
        .bind(id)
        .bind(from.address.map(|address| address.to_string()))
        .bind(from.user_agent)
        .execute()
        .await
        .map(drop)
}

/// A session as its owner is shown it.
type OpenRow = (SessionId, At, At, At, Option<String>, Option<String>);

/// The live sessions of a person, the one used last first; the live token of each tells when that was.
pub async fn list(tx: &mut Tx, user: UserId, now: At) -> Result<Vec<OpenSession>, DbError> {
    let rows: Vec<OpenRow> = tx
        .query(
            "SELECT s.id, s.created_at, t.issued_at, t.expires_at, s.address, s.user_agent
             FROM sessions s JOIN refresh_tokens t ON t.session_id = s.id AND t.used_at IS NULL
             WHERE s.user_id = $1 AND s.revoked_at IS NULL AND t.expires_at > $2
             ORDER BY t.issued_at DESC, s.id",
        )
        .bind(user)
        .bind(now)
        .all()
        .await?;
    let sessions = rows.into_iter().map(|(id, created_at, last_used_at, expires_at, address, user_agent)| {
        OpenSession { id, current: false, created_at, last_used_at, expires_at, address, user_agent }
    });
    Ok(sessions.collect())
}

/// Adds the live token of a session.
pub async fn insert_token(
    tx: &mut Tx,
    session: SessionId,
    org: OrgKey,
    hash: TokenHash,
    (issued, expires): (At, At),
) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "INSERT INTO refresh_tokens (organization_id, session_id, hash, issued_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(org.number())
    .bind(session)
    .bind(hash)
    .bind(issued)
    .bind(expires)
    .execute()
    .await
    .map(drop)
}

pub async fn find_token(tx: &mut Tx, hash: &TokenHash) -> Result<Option<TokenRow>, DbError> {
    tx.query(
        "SELECT t.session_id, s.user_id, t.organization_id, t.expires_at, s.expires_at AS family_expires_at,
             t.used_at, s.revoked_at, u.disabled_at
         FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id
         WHERE t.hash = $1",
    )
    .bind(hash.clone())
    .optional()
    .await
}

/// Marks a token as used; false when somebody was faster.
pub async fn use_token(tx: &mut Tx, hash: &TokenHash, at: At) -> Result<bool, DbError> {
    let used = tx
        .query("UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL")
        .bind(hash.clone())
        .bind(at)
        .execute()
        .await?;
    Ok(used == 1)
}

/// The live token of a session leads to another organization from now on.
pub async fn move_to(tx: &mut Tx, session: SessionId, org: OrgKey) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("UPDATE refresh_tokens SET organization_id = $2 WHERE session_id = $1 AND used_at IS NULL")
        .bind(session)
        .bind(org.number())
        .execute()
        .await
        .map(drop)
}

/// Ends a session; the first reason counts.
pub async fn revoke(tx: &mut Tx, session: SessionId, at: At, because: &'static str) -> Result<(), DbError> {
    tx.query(
        "UPDATE sessions SET revoked_at = $2, revoked_because = $3 WHERE id = $1 AND revoked_at IS NULL",
    )
    .bind(session)
    .bind(at)
    .bind(because)
    .execute()
    .await?;
    tx.tell(Committed::Sessions);
    Ok(())
}

/// Ends every session there is.
pub async fn revoke_all(tx: &mut Tx, at: At, because: &'static str) -> Result<(), DbError> {
    tx.query("UPDATE sessions SET revoked_at = $1, revoked_because = $2 WHERE revoked_at IS NULL")
        .bind(at)
        .bind(because)
        .execute()
        .await?;
    tx.tell(Committed::Sessions);
    Ok(())
}

/// Ends one session of a person; false when they have no such session.
pub async fn revoke_own(
    tx: &mut Tx,
    user: UserId,
    session: SessionId,
    at: At,
    because: &'static str,
) -> Result<bool, DbError> {
    let ended = tx
        .query(
            "UPDATE sessions SET revoked_at = $3, revoked_because = $4
             WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL",
        )
        .bind(session)
        .bind(user)
        .bind(at)
        .bind(because)
        .execute()
        .await?;
    tx.tell(Committed::Sessions);
    Ok(ended == 1)
}

/// Ends the sessions that a person has in one organization.
pub async fn revoke_in(
    tx: &mut Tx,
    org: OrgKey,
    user: UserId,
    at: At,
    because: &'static str,
) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "UPDATE sessions SET revoked_at = $3, revoked_because = $4
         WHERE user_id = $2 AND revoked_at IS NULL AND id IN
             (SELECT session_id FROM refresh_tokens WHERE organization_id = $1 AND used_at IS NULL)",
    )
    .bind(org.number())
    .bind(user)
    .bind(at)
    .bind(because)
    .execute()
    .await?;
    tx.tell(Committed::Sessions);
    Ok(())
}

/// Ends every session of a person but one.
pub async fn revoke_others(
    tx: &mut Tx,
    user: UserId,
    keep: Option<SessionId>,
    at: At,
    because: &'static str,
) -> Result<(), DbError> {
    tx.query(
        "UPDATE sessions SET revoked_at = $2, revoked_because = $3
         WHERE user_id = $1 AND revoked_at IS NULL AND id <> $4",
    )
    .bind(user)
    .bind(at)
    .bind(because)
    // The nil id is nobody's session.
    .bind(keep.unwrap_or(SessionId::from_uuid(uuid::Uuid::nil())))
    .execute()
    .await?;
    tx.tell(Committed::Sessions);
    Ok(())
}

/// A live session in one organization of its owner.
#[derive(Clone, sqlx::FromRow)]
pub struct StandingRow {
    pub id: SessionId,
    pub user_id: UserId,
    pub name: String,
    pub expires_at: At,
    pub organization_id: i64,
    pub public_id: OrganizationId,
    pub role: Role,
    /// The organization wants a second factor that the owner does not have.
    pub totp_missing: bool,
}

/// How the sessions among `ids` stand: one row per organization of a live session's owner. One query for all.
pub async fn standing(tx: &mut Tx, ids: &[SessionId]) -> Result<Vec<StandingRow>, DbError> {
    let ids: Vec<String> = ids.iter().map(|id| id.uuid().simple().to_string()).collect();
    let sql = tx.pick(
        "SELECT s.id, s.user_id, u.name, s.expires_at, m.organization_id, o.public_id, m.role,
             o.require_totp AND u.totp_confirmed_at IS NULL AS totp_missing
         FROM json_each($1) wanted JOIN sessions s ON s.id = unhex(wanted.value)
         JOIN users u ON u.id = s.user_id JOIN memberships m ON m.user_id = s.user_id
         JOIN organizations o ON o.id = m.organization_id
         WHERE s.revoked_at IS NULL AND u.disabled_at IS NULL AND m.disabled_at IS NULL",
        "SELECT s.id, s.user_id, u.name, s.expires_at, m.organization_id, o.public_id, m.role,
             o.require_totp AND u.totp_confirmed_at IS NULL AS totp_missing
         FROM jsonb_array_elements_text(($1::text)::jsonb) wanted(value) JOIN sessions s ON s.id = wanted.value::uuid
         JOIN users u ON u.id = s.user_id JOIN memberships m ON m.user_id = s.user_id
         JOIN organizations o ON o.id = m.organization_id
         WHERE s.revoked_at IS NULL AND u.disabled_at IS NULL AND m.disabled_at IS NULL",
    );
    tx.query(sql).bind(crate::db::Json(ids)).all().await
}
