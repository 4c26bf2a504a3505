//! Members: a person's place and role in an organization.

use lotline_common::{
    At, OrganizationId, UserId,
    api::{auth::Role, organization::Member},
};

use super::organization::OrganizationRow;
use crate::{
    db::{Committed, DbError, Tx},
    domain::organization::OrgKey,
};

/// One organization of a person.
#[derive(Debug, Clone)]
pub struct Place {
    pub organization: OrganizationRow,
    pub role: Role,
}

/// Adds a person to an organization, or gives a member another role.
pub async fn set(tx: &mut Tx, org: OrgKey, user: UserId, role: Role, at: At) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "INSERT INTO memberships (organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, organization_id) DO UPDATE SET role = excluded.role, disabled_at = NULL",
    )
    .bind(org.number())
    .bind(user)
    .bind(role)
    .bind(at)
    .execute()
    .await?;
    tx.tell(Committed::Sessions);
    Ok(())
}

/// Ends a membership; an absent or ended one is [`DbError::NotFound`].
pub async fn disable(tx: &mut Tx, org: OrgKey, user: UserId, at: At) -> Result<(), DbError> {
    tx.guard(org)?;
    let ended = tx
        .query(
            "UPDATE memberships SET disabled_at = $3
             WHERE organization_id = $1 AND user_id = $2 AND disabled_at IS NULL",
        )
        .bind(org.number())
        .bind(user)
        .bind(at)
        .execute()
        .await?;
    tx.tell(Committed::Sessions);
    if ended == 0 { Err(DbError::NotFound) } else { Ok(()) }
}

/// The members of an organization, by name.
pub async fn list(tx: &mut Tx, org: OrgKey) -> Result<Vec<Member>, DbError> {
    tx.guard(org)?;
    let rows: Vec<(UserId, String, String, Role)> = tx
        .query(
            "SELECT u.id, u.email, u.name, m.role FROM memberships m JOIN users u ON u.id = m.user_id
             WHERE m.organization_id = $1 AND m.disabled_at IS NULL AND u.disabled_at IS NULL
             ORDER BY u.name, u.id",
        )
        .bind(org.number())
        .all()
        .await?;
    let members = rows.into_iter().map(|(id, email, name, role)| Member { id, email, name, role });
    Ok(members.collect())
}

/// The organizations of a person, the oldest membership first.
pub async fn places(tx: &mut Tx, user: UserId) -> Result<Vec<Place>, DbError> {
    let rows: Vec<(i64, OrganizationId, String, String, String, Role)> = tx
        .query(
            "SELECT o.id, o.public_id, o.name, o.slug, o.time_zone, m.role
             FROM memberships m JOIN organizations o ON o.id = m.organization_id
             WHERE m.user_id = $1 AND m.disabled_at IS NULL ORDER BY m.created_at, o.id",
        )
        .bind(user)
        .all()
        .await?;
    let places = rows.into_iter().map(|(key, id, name, slug, zone, role)| Place {
        organization: (key, id, name, slug, zone).into(),
        role,
    });
    Ok(places.collect())
}
