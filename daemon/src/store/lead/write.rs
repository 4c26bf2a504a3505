//! Entering a lead and changing what is known of it. Threads and floors are written elsewhere.

use lotline_common::{
    At, LeadId, PhoneNumber, UserId,
    api::{
        consent::ConsentKind,
        lead::{FloorKind, Lead, LeadStatus, Sentiment},
    },
    event::EventKind,
};

use crate::{
    db::{DbError, Json, Tx},
    domain::{mention::Mention, organization::OrgKey},
    store::{
        consent,
        event::{self, NewEvent},
    },
};

/// A lead that a member enters. The floor is theirs.
#[derive(Debug, Clone)]
pub struct NewLead {
    pub id: LeadId,
    pub name: Option<String>,
    pub vehicle: Option<String>,
    pub source: Option<String>,
    pub phone: PhoneNumber,
}

/// What a member changes; absent members stay.
#[derive(Debug, Clone)]
pub struct Change {
    pub name: Option<Option<String>>,
    pub status: Option<LeadStatus>,
    pub sentiment: Option<SentimentChange>,
    pub assigned_to: Option<Option<UserId>>,
    pub vehicle: Option<Option<String>>,
    pub tags: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy)]
pub struct SentimentChange {
    pub sentiment: Option<Sentiment>,
    pub at: At,
}

/// The lead that has this phone, if any.
pub async fn by_phone(tx: &mut Tx, org: OrgKey, phone: &PhoneNumber) -> Result<Option<LeadId>, DbError> {
    tx.guard(org)?;
    let found: Option<(LeadId,)> = tx
        .query(
            "SELECT lead_id FROM lead_contacts WHERE organization_id = $1 AND kind = 'phone' AND value = $2",
        )
        .bind(org.number())
        .bind(phone.clone())
        .optional()
        .await?;
    Ok(found.map(|(id,)| id))
}

/// Every organization that has a lead with this phone, in the order in which their rows are taken.
pub async fn everywhere_by_phone(tx: &mut Tx, phone: &PhoneNumber) -> Result<Vec<(OrgKey, LeadId)>, DbError> {
    let rows: Vec<(i64, LeadId)> = tx
        .query(
            "SELECT c.organization_id, c.lead_id
             FROM organizations o JOIN lead_contacts c ON c.organization_id = o.id
             WHERE c.kind = 'phone' AND c.value = $1 ORDER BY o.id",
        )
        .bind(phone.clone())
        .all()
        .await?;
    Ok(rows.into_iter().map(|(org, lead)| (OrgKey::new(org), lead)).collect())
}

pub async fn insert(tx: &mut Tx, org: OrgKey, member: UserId, at: At, new: &NewLead) -> Result<(), DbError> {
    tx.guard(org)?;
    // Whoever was erased and comes back is still opted out.
    let opted_out = consent::newest(tx, org, &new.phone).await? == Some(ConsentKind::OptOut);
    tx.query(
        "INSERT INTO leads (id, organization_id, name, status, assigned_to, source, vehicle, floor_kind, floor_member,
             floor_since, last_turn_at, created_at, updated_at, opted_out)
         VALUES ($1, $2, $3, 'new', $4, $5, $6, $7, $4, $8, $8, $8, $8, $9)",
    )
    .bind(new.id)
    .bind(org.number())
    .bind(new.name.clone())
    .bind(member)
    .bind(new.source.clone())
    .bind(new.vehicle.clone())
    .bind(FloorKind::Member)
    .bind(at)
    .bind(opted_out)
    .execute()
    .await?;
    let sql = "INSERT INTO lead_contacts (organization_id, lead_id, kind, value, created_at)
         VALUES ($1, $2, 'phone', $3, $4)";
    tx.query(sql).bind(org.number()).bind(new.id).bind(new.phone.clone()).bind(at).execute().await.map(drop)
}

/// Keeps what the customer said of themselves where nothing was known. Never replaces anything.
pub async fn learn(tx: &mut Tx, org: OrgKey, lead: LeadId, at: At, said: &Mention) -> Result<(), DbError> {
    tx.guard(org)?;
    if said.name.is_none() && said.vehicle.is_none() {
        return Ok(());
    }
    tx.query(
        "UPDATE leads SET name = COALESCE(name, $3), vehicle = COALESCE(vehicle, $4), updated_at = $5,
             version = version + 1
         WHERE id = $1 AND organization_id = $2",
    )
    .bind(lead)
    .bind(org.number())
    .bind(said.name.clone())
    .bind(said.vehicle.clone())
    .bind(at)
    .execute()
    .await?;
    let updated = NewEvent::new(EventKind::LeadUpdated).lead(lead);
    event::append(tx, org, at, updated)
}

/// Writes the changed lead whole, under a new version.
pub async fn change(
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
    at: At,
    before: &Lead,
    change: Change,
) -> Result<(), DbError> {
    tx.guard(org)?;
    let name = change.name.unwrap_or_else(|| before.name.clone());
    let vehicle = change.vehicle.unwrap_or_else(|| before.vehicle.clone());
    let assigned = change.assigned_to.unwrap_or_else(|| before.assigned_to.as_ref().map(|member| member.id));
    let changed = tx
        .query(
            "UPDATE leads SET name = $3, status = $4, assigned_to = $5, vehicle = $6, tags = $7, updated_at = $8,
                 version = version + 1
             WHERE id = $1 AND organization_id = $2 AND version = $9",
        )
        .bind(lead)
        .bind(org.number())
        .bind(name)
        .bind(change.status.unwrap_or(before.status))
        .bind(assigned)
        .bind(vehicle)
        .bind(Json(change.tags.unwrap_or_else(|| before.tags.clone())))
        .bind(at)
        .bind(before.version)
        .execute()
        .await?;
    if changed == 0 {
        return Err(DbError::NotFound);
    }
    match change.sentiment {
        Some(SentimentChange { sentiment, at }) => tx
            .query(
                "UPDATE leads SET sentiment = $3, sentiment_source = 'member', sentiment_at = $4
                 WHERE id = $1 AND organization_id = $2",
            )
            .bind(lead)
            .bind(org.number())
            .bind(sentiment)
            .bind(at)
            .execute()
            .await
            .map(drop),
        None => Ok(()),
    }
}
