//! Data keys of organizations and of single customers: sealed, and the first thing to be read or destroyed.

use lotline_common::{At, LeadId};
use uuid::Uuid;

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
    seal::Place,
};

/// A key of an organization as stored; the newest generation seals.
#[derive(Clone, sqlx::FromRow)]
pub struct SealedKey {
    pub organization_id: i64,
    pub generation: i64,
    pub sealed: Vec<u8>,
}

impl SealedKey {
    /// Where it is sealed for.
    pub fn place(&self) -> Place {
        place(OrgKey::new(self.organization_id), self.generation)
    }
}

/// Where a generation is sealed for.
pub fn place(org: OrgKey, generation: i64) -> Place {
    let row = Uuid::from_u128(generation.unsigned_abs().into());
    Place { organization: org, table: "data_keys", column: "sealed", row }
}

/// Where a customer's key is sealed for.
pub fn lead_place(org: OrgKey, lead: LeadId) -> Place {
    Place { organization: org, table: "lead_keys", column: "sealed", row: lead.uuid() }
}

/// The keys of an organization, newest first.
pub async fn of(tx: &mut Tx, org: OrgKey) -> Result<Vec<SealedKey>, DbError> {
    read(tx, org, "").await
}

/// The same for somebody who is about to seal: nobody removes a key until then.
pub async fn share(tx: &mut Tx, org: OrgKey) -> Result<Vec<SealedKey>, DbError> {
    read(tx, org, " FOR SHARE").await
}

/// The same for somebody who is about to remove one: whoever sealed with it has committed.
pub async fn lock(tx: &mut Tx, org: OrgKey) -> Result<Vec<SealedKey>, DbError> {
    read(tx, org, " FOR UPDATE").await
}

/// SQLite has one writer, which needs no lock.
async fn read(tx: &mut Tx, org: OrgKey, lock: &'static str) -> Result<Vec<SealedKey>, DbError> {
    tx.guard(org)?;
    let lock = tx.pick("", lock);
    tx.query(
        "SELECT organization_id, generation, sealed FROM data_keys WHERE organization_id = $1
         ORDER BY generation DESC",
    )
    .push(lock)
    .bind(org.number())
    .all()
    .await
}

/// Every key of the installation, newest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<SealedKey>, DbError> {
    tx.query(
        "SELECT organization_id, generation, sealed FROM data_keys ORDER BY organization_id, generation DESC",
    )
    .all()
    .await
}

/// Organizations that keep secrets and have no data key, or more than one.
pub async fn unfinished(tx: &mut Tx) -> Result<Vec<OrgKey>, DbError> {
    let rows: Vec<(i64,)> = tx
        .query(
            "SELECT o.id FROM organizations o
             WHERE (SELECT COUNT(*) FROM data_keys k WHERE k.organization_id = o.id) <> 1
                 AND (EXISTS (SELECT 1 FROM data_keys k WHERE k.organization_id = o.id)
                     OR EXISTS (SELECT 1 FROM carrier_accounts c WHERE c.organization_id = o.id)
                     OR EXISTS (SELECT 1 FROM agent_profiles p WHERE p.organization_id = o.id))",
        )
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| OrgKey::new(id)).collect())
}

/// Adds a generation; one that somebody else has just added stays.
pub async fn insert(tx: &mut Tx, key: SealedKey, at: At) -> Result<(), DbError> {
    tx.guard(OrgKey::new(key.organization_id))?;
    tx.query(
        "INSERT INTO data_keys (organization_id, generation, sealed, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id, generation) DO NOTHING",
    )
    .bind(key.organization_id)
    .bind(key.generation)
    .bind(key.sealed)
    .bind(at)
    .execute()
    .await
    .map(drop)
}

/// The same key, sealed anew.
pub async fn reseal(tx: &mut Tx, key: SealedKey) -> Result<(), DbError> {
    tx.guard(OrgKey::new(key.organization_id))?;
    tx.query("UPDATE data_keys SET sealed = $3 WHERE organization_id = $1 AND generation = $2")
        .bind(key.organization_id)
        .bind(key.generation)
        .bind(key.sealed)
        .execute()
        .await
        .map(drop)
}

/// Removes the generations before `generation`. What they sealed and nobody sealed again is lost.
pub async fn remove_before(tx: &mut Tx, org: OrgKey, generation: i64) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("DELETE FROM data_keys WHERE organization_id = $1 AND generation < $2")
        .bind(org.number())
        .bind(generation)
        .execute()
        .await
        .map(drop)
}

/// The sealed key of a customer, if they have one.
pub async fn of_lead(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<Option<Vec<u8>>, DbError> {
    tx.guard(org)?;
    let found: Option<(Vec<u8>,)> = tx
        .query("SELECT sealed FROM lead_keys WHERE lead_id = $2 AND organization_id = $1")
        .bind(org.number())
        .bind(lead)
        .optional()
        .await?;
    Ok(found.map(|(sealed,)| sealed))
}

pub async fn insert_of_lead(
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
    sealed: Vec<u8>,
    at: At,
) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("INSERT INTO lead_keys (organization_id, lead_id, sealed, created_at) VALUES ($1, $2, $3, $4)")
        .bind(org.number())
        .bind(lead)
        .bind(sealed)
        .bind(at)
        .execute()
        .await
        .map(drop)
}

/// Destroys a customer's key.
pub async fn destroy_of_lead(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("DELETE FROM lead_keys WHERE lead_id = $2 AND organization_id = $1")
        .bind(org.number())
        .bind(lead)
        .execute()
        .await
        .map(drop)
}

/// Where the key of the hashes in tombstones is sealed for.
pub fn erasure_place(org: OrgKey, id: Uuid) -> Place {
    Place { organization: org, table: "erasure_keys", column: "sealed", row: id }
}

/// The sealed key of the hashes in tombstones, if there is one.
pub async fn of_erasure(tx: &mut Tx, org: OrgKey) -> Result<Option<(Uuid, Vec<u8>)>, DbError> {
    tx.guard(org)?;
    tx.query("SELECT id, sealed FROM erasure_keys WHERE organization_id = $1")
        .bind(org.number())
        .optional()
        .await
}

pub async fn insert_of_erasure(
    tx: &mut Tx,
    org: OrgKey,
    id: Uuid,
    sealed: Vec<u8>,
    at: At,
) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("INSERT INTO erasure_keys (organization_id, id, sealed, created_at) VALUES ($1, $2, $3, $4)")
        .bind(org.number())
        .bind(id)
        .bind(sealed)
        .bind(at)
        .execute()
        .await
        .map(drop)
}
