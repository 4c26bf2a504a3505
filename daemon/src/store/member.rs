//! Members: a person's place and role in an organization.

use lotline_common::{
    At, UserId,
    api::{auth::Role, organization::Member},
};

use super::organization::{self, OrganizationRow};
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

#[derive(sqlx::FromRow)]
struct PlaceRow {
    #[sqlx(flatten)]
    organization: organization::Row,
    role: Role,
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

/// Gives a member another role, or shuts them out and lets them in again.
pub async fn change(
    tx: &mut Tx,
    org: OrgKey,
    user: UserId,
    role: Role,
    disabled_at: Option<At>,
) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "UPDATE memberships SET role = $3, disabled_at = $4 WHERE organization_id = $1 AND user_id = $2",
    )
    .bind(org.number())
    .bind(user)
    .bind(role)
    .bind(disabled_at)
    .execute()
    .await?;
    tx.tell(Committed::Sessions);
    Ok(())
}

/// Takes a person's place away; what they said and did stays theirs.
pub async fn remove(tx: &mut Tx, org: OrgKey, user: UserId) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query("DELETE FROM memberships WHERE organization_id = $1 AND user_id = $2")
        .bind(org.number())
        .bind(user)
        .execute()
        .await?;
    tx.tell(Committed::Sessions);
    Ok(())
}

/// A member, and whose door is closed to them; `public.disabled` says that one of them is.
#[derive(Debug, Clone)]
pub struct MemberRow {
    pub public: Member,
    /// The organization's.
    pub closed: bool,
    /// The installation's: no organization can open it.
    pub shut_out: bool,
}

type Row = (UserId, String, String, Role, Option<At>, Option<At>, Option<At>);

fn member((id, email, name, role, closed, shut_out, totp): Row) -> MemberRow {
    let (closed, shut_out) = (closed.is_some(), shut_out.is_some());
    let public = Member { id, email, name, role, disabled: closed || shut_out, totp: Some(totp.is_some()) };
    MemberRow { public, closed, shut_out }
}

/// Everybody who has a place, by name; those who are shut out too.
pub async fn all(tx: &mut Tx, org: OrgKey) -> Result<Vec<Member>, DbError> {
    tx.guard(org)?;
    let rows: Vec<Row> = tx
        .query(
            "SELECT u.id, u.email, u.name, m.role, m.disabled_at, u.disabled_at, u.totp_confirmed_at
             FROM memberships m JOIN users u ON u.id = m.user_id
             WHERE m.organization_id = $1 ORDER BY u.name, u.id",
        )
        .bind(org.number())
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| member(row).public).collect())
}

/// The members who may work, by name.
pub async fn list(tx: &mut Tx, org: OrgKey) -> Result<Vec<Member>, DbError> {
    Ok(all(tx, org).await?.into_iter().filter(|member| !member.disabled).collect())
}

pub async fn find(tx: &mut Tx, org: OrgKey, user: UserId) -> Result<Option<MemberRow>, DbError> {
    tx.guard(org)?;
    let row: Option<Row> = tx
        .query(
            "SELECT u.id, u.email, u.name, m.role, m.disabled_at, u.disabled_at, u.totp_confirmed_at
             FROM memberships m JOIN users u ON u.id = m.user_id
             WHERE m.organization_id = $1 AND m.user_id = $2",
        )
        .bind(org.number())
        .bind(user)
        .optional()
        .await?;
    Ok(row.map(member))
}

/// The organizations of a person in the order in which their rows are taken, so that two people's changes never wait
/// for each other.
pub async fn organizations(tx: &mut Tx, user: UserId) -> Result<Vec<OrgKey>, DbError> {
    let rows: Vec<(i64,)> = tx
        .query(
            "SELECT organization_id FROM memberships
             WHERE user_id = $1 AND disabled_at IS NULL ORDER BY organization_id",
        )
        .bind(user)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(number,)| OrgKey::new(number)).collect())
}

/// The organizations of a person, the oldest membership first.
pub async fn places(tx: &mut Tx, user: UserId) -> Result<Vec<Place>, DbError> {
    let rows: Vec<PlaceRow> = tx
        .query(
            "SELECT o.id, o.public_id, o.name, o.slug, o.time_zone, o.address_state, o.require_totp, m.role
             FROM memberships m JOIN organizations o ON o.id = m.organization_id
             WHERE m.user_id = $1 AND m.disabled_at IS NULL ORDER BY m.created_at, o.id",
        )
        .bind(user)
        .all()
        .await?;
    let places = rows.into_iter().map(|row| Place { organization: row.organization.into(), role: row.role });
    Ok(places.collect())
}
