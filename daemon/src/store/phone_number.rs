//! Organizations' own numbers. A number exists once in the installation.

use std::collections::{BTreeSet, HashSet};

use lotline_common::{
    At, PhoneNumber, PhoneNumberId,
    api::organization::{OwnNumber, VoiceMode},
};

use sqlx::FromRow;

use crate::{
    db::{DbError, Json, Tx},
    domain::{organization::OrgKey, silence::Traffic},
};

type Row = (PhoneNumberId, PhoneNumber, Option<String>, bool, VoiceMode);

fn own((id, phone_number, label, sms, voice_mode): Row) -> OwnNumber {
    OwnNumber { id, phone_number, label, sms, voice_mode }
}

/// Adds a number; one that any organization holds is [`DbError::Taken`].
pub async fn insert(tx: &mut Tx, org: OrgKey, number: &OwnNumber, at: At) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "INSERT INTO organization_phone_numbers
             (organization_id, id, phone_number, label, sms, voice_mode, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(org.number())
    .bind(number.id)
    .bind(number.phone_number.clone())
    .bind(number.label.clone())
    .bind(number.sms)
    .bind(number.voice_mode)
    .bind(at)
    .execute()
    .await
    .map(drop)
}

pub async fn list(tx: &mut Tx, org: OrgKey) -> Result<Vec<OwnNumber>, DbError> {
    tx.guard(org)?;
    let rows: Vec<Row> = tx
        .query(
            "SELECT id, phone_number, label, sms, voice_mode FROM organization_phone_numbers
             WHERE organization_id = $1 ORDER BY created_at, id",
        )
        .bind(org.number())
        .all()
        .await?;
    Ok(rows.into_iter().map(own).collect())
}

/// Changes all but the number itself; an absent or foreign one is [`DbError::NotFound`].
pub async fn update(tx: &mut Tx, org: OrgKey, number: &OwnNumber) -> Result<(), DbError> {
    tx.guard(org)?;
    let changed = tx
        .query(
            "UPDATE organization_phone_numbers SET label = $3, sms = $4, voice_mode = $5
             WHERE organization_id = $1 AND id = $2",
        )
        .bind(org.number())
        .bind(number.id)
        .bind(number.label.clone())
        .bind(number.sms)
        .bind(number.voice_mode)
        .execute()
        .await?;
    if changed == 0 { Err(DbError::NotFound) } else { Ok(()) }
}

/// Removes a number; an absent or foreign one is [`DbError::NotFound`].
pub async fn delete(tx: &mut Tx, org: OrgKey, id: PhoneNumberId) -> Result<(), DbError> {
    tx.guard(org)?;
    let removed = tx
        .query("DELETE FROM organization_phone_numbers WHERE organization_id = $1 AND id = $2")
        .bind(org.number())
        .bind(id)
        .execute()
        .await?;
    if removed == 0 { Err(DbError::NotFound) } else { Ok(()) }
}

/// Which of these are still so. Until the transaction ends nobody takes such a number away: what is decided on it
/// stands.
pub async fn held<'n>(
    tx: &mut Tx,
    numbers: impl Iterator<Item = (OrgKey, &'n PhoneNumber)>,
) -> Result<HashSet<(OrgKey, PhoneNumber)>, DbError> {
    let asked: BTreeSet<(i64, &str)> = numbers.map(|(org, number)| (org.number(), number.as_str())).collect();
    for (org, _) in &asked {
        tx.guard(OrgKey::new(*org))?;
    }
    let sql = tx.pick(
        "SELECT json_group_array(json_array(n.organization_id, n.phone_number))
             FROM jsonb_each($1) j JOIN organization_phone_numbers n
             ON n.phone_number = j.value->>1 AND n.organization_id = j.value->>0",
        "SELECT COALESCE(json_agg(json_build_array(organization_id, phone_number)), '[]')::text FROM (
             SELECT n.organization_id, n.phone_number FROM jsonb_array_elements($1::jsonb) j
             JOIN organization_phone_numbers n
             ON n.phone_number = j->>1 AND n.organization_id = (j->>0)::bigint FOR KEY SHARE OF n) held",
    );
    // In one row: each is a message from SQLite's thread.
    let (Json(rows),): (Json<Vec<(i64, PhoneNumber)>>,) = tx.query(sql).bind(Json(asked)).one().await?;
    Ok(rows.into_iter().map(|(org, number)| (OrgKey::new(org), number)).collect())
}

/// How far the carrier's list of texts to a number was read.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Listed {
    /// Since when the number is this organization's.
    pub held_since: At,
    /// `None`: never.
    pub listed_to: Option<At>,
    /// Texts in a row that no webhook told of.
    pub unheard: i64,
}

pub async fn listed(tx: &mut Tx, org: OrgKey, id: PhoneNumberId) -> Result<Listed, DbError> {
    tx.guard(org)?;
    tx.query(
        "SELECT created_at AS held_since, listed_to, unheard FROM organization_phone_numbers
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(org.number())
    .bind(id)
    .one()
    .await
}

/// The list was read until `at`.
pub async fn set_listed(
    tx: &mut Tx,
    org: OrgKey,
    id: PhoneNumberId,
    at: At,
    unheard: i64,
) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "UPDATE organization_phone_numbers SET listed_to = $3, unheard = $4 WHERE organization_id = $1 AND id = $2",
    )
    .bind(org.number())
    .bind(id)
    .bind(at)
    .bind(unheard)
    .execute()
    .await
    .map(drop)
}

/// Numbers that take texts, with what is usual for each; `None` of one that was never counted.
pub async fn traffic(
    tx: &mut Tx,
    org: OrgKey,
) -> Result<Vec<(PhoneNumberId, PhoneNumber, Option<Traffic>)>, DbError> {
    tx.guard(org)?;
    let rows: Vec<(PhoneNumberId, PhoneNumber, Option<String>)> = tx
        .query("SELECT id, phone_number, traffic FROM organization_phone_numbers WHERE organization_id = $1 AND sms")
        .bind(org.number())
        .all()
        .await?;
    let read = |text: String| serde_json::from_str(&text).ok();
    Ok(rows.into_iter().map(|(id, number, traffic)| (id, number, traffic.and_then(read))).collect())
}

pub async fn set_traffic(
    tx: &mut Tx,
    org: OrgKey,
    id: PhoneNumberId,
    traffic: &Traffic,
) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("UPDATE organization_phone_numbers SET traffic = $3 WHERE organization_id = $1 AND id = $2")
        .bind(org.number())
        .bind(id)
        .bind(Json(traffic.clone()))
        .execute()
        .await
        .map(drop)
}

/// Every number of the installation with its owner, for the directory.
pub async fn all(tx: &mut Tx) -> Result<Vec<(OrgKey, OwnNumber)>, DbError> {
    let rows: Vec<(i64, PhoneNumberId, PhoneNumber, Option<String>, bool, VoiceMode)> = tx
        .query(
            "SELECT organization_id, id, phone_number, label, sms, voice_mode
             FROM organization_phone_numbers ORDER BY created_at, id",
        )
        .all()
        .await?;
    let owned = rows
        .into_iter()
        .map(|(org, id, number, label, sms, voice)| (OrgKey::new(org), own((id, number, label, sms, voice))));
    Ok(owned.collect())
}
