//! What was answered to requests that carried an `Idempotency-Key`.

use lotline_common::At;
use uuid::Uuid;

use crate::{
    db::{DbError, Tx},
    domain::{once::Once, organization::OrgKey},
    seal::Place,
};

/// An answer as stored.
#[derive(sqlx::FromRow)]
pub struct Answered {
    pub id: Uuid,
    pub request: Vec<u8>,
    pub answer: Vec<u8>,
}

/// Where an answer is sealed for.
pub fn place(org: OrgKey, id: Uuid) -> Place {
    Place { organization: org, table: "idempotency_keys", column: "answer", row: id }
}

/// Takes the key for this transaction: the id of its row, or `None` when it was used after `forgotten`.
///
/// Another transaction that has taken the same key and is not over yet is waited for.
pub async fn take(tx: &mut Tx, once: &Once, at: At, forgotten: At) -> Result<Option<Uuid>, DbError> {
    tx.guard(once.org)?;
    let id = Uuid::now_v7();
    let taken = tx
        .query(
            "INSERT INTO idempotency_keys (organization_id, user_id, key, id, request, at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (organization_id, user_id, key) DO UPDATE
             SET id = excluded.id, request = excluded.request, answer = NULL, at = excluded.at
             WHERE idempotency_keys.at <= $7",
        )
        .bind(once.org.number())
        .bind(once.user)
        .bind(once.key.clone())
        .bind(id)
        .bind(once.request.clone())
        .bind(at)
        .bind(forgotten)
        .execute()
        .await?;
    Ok((taken > 0).then_some(id))
}

/// Puts the answer to what was asked beside the key.
pub async fn answer(tx: &mut Tx, org: OrgKey, id: Uuid, answer: Vec<u8>) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("UPDATE idempotency_keys SET answer = $3 WHERE organization_id = $1 AND id = $2")
        .bind(org.number())
        .bind(id)
        .bind(answer)
        .execute()
        .await
        .map(drop)
}

/// What was answered under this key after `forgotten`.
pub async fn answered(tx: &mut Tx, once: &Once, forgotten: At) -> Result<Option<Answered>, DbError> {
    tx.guard(once.org)?;
    tx.query(
        "SELECT id, request, answer FROM idempotency_keys
         WHERE organization_id = $1 AND user_id = $2 AND key = $3 AND at > $4 AND answer IS NOT NULL",
    )
    .bind(once.org.number())
    .bind(once.user)
    .bind(once.key.clone())
    .bind(forgotten)
    .optional()
    .await
}

/// Removes up to `limit` answers from before `at`.
pub async fn prune(tx: &mut Tx, at: At, limit: i64) -> Result<u64, DbError> {
    tx.query(
        "DELETE FROM idempotency_keys WHERE id IN
             (SELECT id FROM idempotency_keys WHERE id < $1 ORDER BY id LIMIT $2)",
    )
    .bind(super::first_id_at(at))
    .bind(limit)
    .execute()
    .await
}
