//! Second factors of people: the sealed secret of their app, the last code that was taken, recovery codes.

use lotline_common::{At, UserId};

use crate::{
    db::{Committed, DbError, Hex, Json, Tx},
    domain::organization::OrgKey,
    seal::Place,
};

/// What stands in a person's row.
#[derive(Clone, sqlx::FromRow)]
pub struct TotpRow {
    pub totp_secret: Option<Vec<u8>>,
    /// `None`: there may be a secret, but it does not count yet.
    pub totp_confirmed_at: Option<At>,
}

/// Where a secret is sealed for. People belong to the installation, not to one organization.
pub fn place(user: UserId) -> Place {
    Place { organization: OrgKey::INSTALLATION, table: "users", column: "totp_secret", row: user.uuid() }
}

pub async fn find(tx: &mut Tx, user: UserId) -> Result<TotpRow, DbError> {
    tx.query("SELECT totp_secret, totp_confirmed_at FROM users WHERE id = $1").bind(user).one().await
}

/// Keeps a secret that does not count yet; false when one counts already.
pub async fn begin(tx: &mut Tx, user: UserId, secret: Vec<u8>) -> Result<bool, DbError> {
    let begun = tx
        .query("UPDATE users SET totp_secret = $2 WHERE id = $1 AND totp_confirmed_at IS NULL")
        .bind(user)
        .bind(secret)
        .execute()
        .await?;
    Ok(begun == 1)
}

/// From now on the second factor is asked for; false when somebody was faster.
pub async fn confirm(tx: &mut Tx, user: UserId, step: i64, at: At) -> Result<bool, DbError> {
    let confirmed = tx
        .query(
            "UPDATE users SET totp_confirmed_at = $2, totp_step = $3
             WHERE id = $1 AND totp_confirmed_at IS NULL AND totp_secret IS NOT NULL",
        )
        .bind(user)
        .bind(at)
        .bind(step)
        .execute()
        .await?;
    tx.tell(Committed::Sessions);
    Ok(confirmed == 1)
}

/// Takes the code of a step; false when it or a later one was taken before.
pub async fn take_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool, DbError> {
    let taken = tx
        .query("UPDATE users SET totp_step = $2 WHERE id = $1 AND (totp_step IS NULL OR totp_step < $2)")
        .bind(user)
        .bind(step)
        .execute()
        .await?;
    Ok(taken == 1)
}

/// Forgets the second factor with its recovery codes.
pub async fn remove(tx: &mut Tx, user: UserId) -> Result<(), DbError> {
    tx.query("UPDATE users SET totp_secret = NULL, totp_confirmed_at = NULL, totp_step = NULL WHERE id = $1")
        .bind(user)
        .execute()
        .await?;
    tx.query("DELETE FROM recovery_codes WHERE user_id = $1").bind(user).execute().await?;
    tx.tell(Committed::Sessions);
    Ok(())
}

/// Puts these recovery codes, given by their hashes, in place of all before.
pub async fn replace_recovery_codes(tx: &mut Tx, user: UserId, hashes: Vec<Vec<u8>>) -> Result<(), DbError> {
    tx.query("DELETE FROM recovery_codes WHERE user_id = $1").bind(user).execute().await?;
    let hashes: Vec<Hex> = hashes.into_iter().map(Hex).collect();
    let sql = tx.pick(
        "INSERT INTO recovery_codes (hash, user_id) SELECT unhex(value), $2 FROM json_each($1)",
        "INSERT INTO recovery_codes (hash, user_id)
         SELECT decode(value, 'hex'), $2 FROM jsonb_array_elements_text($1::jsonb) AS value",
    );
    tx.query(sql).bind(Json(hashes)).bind(user).execute().await.map(drop)
}

/// Those that were not used yet.
pub async fn recovery_codes_left(tx: &mut Tx, user: UserId) -> Result<u32, DbError> {
    let (left,): (i64,) = tx
        .query("SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL")
        .bind(user)
        .one()
        .await?;
    Ok(u32::try_from(left).unwrap_or(u32::MAX))
}

/// Takes a recovery code; false when it is not theirs or was taken before.
pub async fn take_recovery_code(tx: &mut Tx, user: UserId, hash: Vec<u8>, at: At) -> Result<bool, DbError> {
    let taken = tx
        .query("UPDATE recovery_codes SET used_at = $3 WHERE hash = $1 AND user_id = $2 AND used_at IS NULL")
        .bind(hash)
        .bind(user)
        .bind(at)
        .execute()
        .await?;
    Ok(taken == 1)
}
