//! Agent profiles with a sealed key: one is live per organization, retired ones are history.

use lotline_common::{
    AgentProfileId, At,
    api::organization::{AgentConnect, AgentProvider},
};

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
    seal::Place,
};

/// A row as stored: the key is sealed.
#[derive(Clone, sqlx::FromRow)]
pub struct SealedProfile {
    pub organization_id: i64,
    pub id: AgentProfileId,
    pub provider: AgentProvider,
    pub agent_id: String,
    pub api_key: Vec<u8>,
    pub connect: AgentConnect,
    pub persona: String,
    pub disclosure: String,
    pub language: String,
}

/// Where the key of a profile is sealed for.
pub fn place(org: OrgKey, id: AgentProfileId) -> Place {
    Place { organization: org, table: "agent_profiles", column: "api_key", row: id.uuid() }
}

/// Retires the live profile and puts `profile` in its place.
pub async fn replace(tx: &mut Tx, org: OrgKey, profile: SealedProfile, at: At) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("UPDATE agent_profiles SET retired_at = $2 WHERE organization_id = $1 AND retired_at IS NULL")
        .bind(org.number())
        .bind(at)
        .execute()
        .await?;
    tx.query(
        "INSERT INTO agent_profiles (organization_id, id, provider, agent_id, api_key, connect, persona,
             disclosure, language, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(org.number())
    .bind(profile.id)
    .bind(profile.provider)
    .bind(profile.agent_id)
    .bind(profile.api_key)
    .bind(profile.connect)
    .bind(profile.persona)
    .bind(profile.disclosure)
    .bind(profile.language)
    .bind(at)
    .execute()
    .await
    .map(drop)
}

/// The live profile, else [`DbError::NotFound`].
pub async fn live(tx: &mut Tx, org: OrgKey) -> Result<SealedProfile, DbError> {
    tx.guard(org)?;
    tx.query(
        "SELECT organization_id, id, provider, agent_id, api_key, connect, persona, disclosure, language
         FROM agent_profiles WHERE organization_id = $1 AND retired_at IS NULL",
    )
    .bind(org.number())
    .one()
    .await
}

/// Every live profile of the installation, for the directory.
pub async fn all_live(tx: &mut Tx) -> Result<Vec<SealedProfile>, DbError> {
    tx.query(
        "SELECT organization_id, id, provider, agent_id, api_key, connect, persona, disclosure, language
         FROM agent_profiles WHERE retired_at IS NULL",
    )
    .all()
    .await
}
