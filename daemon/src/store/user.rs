//! People who sign in. E-mail addresses are stored lower-cased.

use lotline_common::{At, UserId};

use crate::db::{Committed, DbError, Tx};

/// A person, as sign-in needs one.
#[derive(Clone, sqlx::FromRow)]
pub struct UserRow {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub disabled_at: Option<At>,
    /// Since when a second factor is asked for.
    pub totp_confirmed_at: Option<At>,
}

/// Adds a person; an e-mail address that exists is [`DbError::Taken`].
pub async fn insert(tx: &mut Tx, user: &UserRow, at: At) -> Result<(), DbError> {
    tx.query("INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(user.id)
        .bind(user.email.clone())
        .bind(user.name.clone())
        .bind(user.password_hash.clone())
        .bind(at)
        .execute()
        .await
        .map(drop)
}

pub async fn find_by_email(tx: &mut Tx, email: &str) -> Result<Option<UserRow>, DbError> {
    tx.query(
        "SELECT id, email, name, password_hash, disabled_at, totp_confirmed_at FROM users WHERE email = $1",
    )
    .bind(email.to_owned())
    .optional()
    .await
}

pub async fn find(tx: &mut Tx, id: UserId) -> Result<UserRow, DbError> {
    tx.query("SELECT id, email, name, password_hash, disabled_at, totp_confirmed_at FROM users WHERE id = $1")
        .bind(id)
        .one()
        .await
}

pub async fn set_password(tx: &mut Tx, id: UserId, hash: String) -> Result<(), DbError> {
    let changed =
        tx.query("UPDATE users SET password_hash = $2 WHERE id = $1").bind(id).bind(hash).execute().await?;
    if changed == 0 { Err(DbError::NotFound) } else { Ok(()) }
}

/// Shuts a person out of every organization; the first time counts.
pub async fn disable(tx: &mut Tx, id: UserId, at: At) -> Result<(), DbError> {
    tx.query("UPDATE users SET disabled_at = COALESCE(disabled_at, $2) WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute()
        .await?;
    tx.tell(Committed::Sessions);
    Ok(())
}

/// Lets a person in again; was the person shut out?
pub async fn enable(tx: &mut Tx, id: UserId) -> Result<bool, DbError> {
    let changed = tx
        .query("UPDATE users SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL")
        .bind(id)
        .execute()
        .await?;
    tx.tell(Committed::Sessions);
    Ok(changed > 0)
}
