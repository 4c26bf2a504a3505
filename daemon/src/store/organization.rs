//! Organizations: the tenants of the installation.

use lotline_common::{At, OrganizationId, api::auth::Organization};

use crate::{
    db::{Committed, DbError, Tx},
    domain::organization::OrgKey,
};

/// An organization with its key.
#[derive(Debug, Clone)]
pub struct OrganizationRow {
    pub key: OrgKey,
    pub public: Organization,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: i64,
    public_id: OrganizationId,
    name: String,
    slug: String,
    time_zone: String,
    address_state: Option<String>,
    require_totp: bool,
}

impl From<Row> for OrganizationRow {
    fn from(row: Row) -> Self {
        let Row { id, public_id, name, slug, time_zone, address_state, require_totp } = row;
        let public = Organization { id: public_id, name, slug, time_zone, address_state, require_totp };
        Self { key: OrgKey::new(id), public }
    }
}

/// Makes callers that add organizations take turns until this transaction ends: the key is the next number, and
/// "is this the first one?" must not be answered twice with yes. SQLite has one writer anyway.
pub async fn take_turns(tx: &mut Tx) -> Result<(), DbError> {
    let sql = tx.pick("SELECT 1", "SELECT pg_advisory_xact_lock(7260411)");
    tx.query(sql).execute().await.map(drop)
}

pub async fn any(tx: &mut Tx) -> Result<bool, DbError> {
    let (count,): (i64,) = tx.query("SELECT COUNT(*) FROM organizations").one().await?;
    Ok(count > 0)
}

/// Adds one; call [`take_turns`] first. A slug that exists is [`DbError::Taken`].
pub async fn insert(tx: &mut Tx, public: &Organization, at: At) -> Result<OrgKey, DbError> {
    let (key,): (i64,) = tx
        .query(
            "INSERT INTO organizations (id, public_id, name, slug, time_zone, created_at)
             SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5 FROM organizations RETURNING id",
        )
        .bind(public.id)
        .bind(public.name.clone())
        .bind(public.slug.clone())
        .bind(public.time_zone.clone())
        .bind(at)
        .one()
        .await?;
    Ok(OrgKey::new(key))
}

pub async fn slug_exists(tx: &mut Tx, slug: &str) -> Result<bool, DbError> {
    let found: Option<(i64,)> =
        tx.query("SELECT id FROM organizations WHERE slug = $1").bind(slug.to_owned()).optional().await?;
    Ok(found.is_some())
}

pub async fn find(tx: &mut Tx, org: OrgKey) -> Result<OrganizationRow, DbError> {
    tx.guard(org)?;
    let row: Row = tx
        .query(
            "SELECT id, public_id, name, slug, time_zone, address_state, require_totp
             FROM organizations WHERE id = $1",
        )
        .bind(org.number())
        .one()
        .await?;
    Ok(row.into())
}

/// Writes what members may change.
pub async fn update(tx: &mut Tx, org: OrgKey, public: &Organization) -> Result<(), DbError> {
    tx.guard(org)?;
    tx.query(
        "UPDATE organizations SET name = $2, time_zone = $3, address_state = $4, require_totp = $5 WHERE id = $1",
    )
    .bind(org.number())
    .bind(public.name.clone())
    .bind(public.time_zone.clone())
    .bind(public.address_state.clone())
    .bind(public.require_totp)
    .execute()
    .await?;
    tx.tell(Committed::Sessions);
    tx.tell(Committed::Directory);
    Ok(())
}

/// Makes callers that change what there is one of, or who its members are, take turns until this transaction ends: "is
/// this the last admin?" must not be answered twice with no. Rows that refer to the organization need not wait for it.
pub async fn hold(tx: &mut Tx, org: OrgKey) -> Result<(), DbError> {
    tx.guard(org)?;
    let sql = tx.pick(
        "SELECT id FROM organizations WHERE id = $1",
        "SELECT id FROM organizations WHERE id = $1 FOR NO KEY UPDATE",
    );
    tx.query(sql).bind(org.number()).execute().await.map(drop)
}

pub async fn find_by_slug(tx: &mut Tx, slug: &str) -> Result<OrganizationRow, DbError> {
    let row: Row = tx
        .query(
            "SELECT id, public_id, name, slug, time_zone, address_state, require_totp
             FROM organizations WHERE slug = $1",
        )
        .bind(slug.to_owned())
        .one()
        .await?;
    Ok(row.into())
}

/// Every organization, in the order of their making.
pub async fn all(tx: &mut Tx) -> Result<Vec<OrganizationRow>, DbError> {
    let rows: Vec<Row> = tx
        .query(
            "SELECT id, public_id, name, slug, time_zone, address_state, require_totp
             FROM organizations ORDER BY id",
        )
        .all()
        .await?;
    Ok(rows.into_iter().map(OrganizationRow::from).collect())
}

/// Writes what is there already, to see that writing works.
pub async fn rewrite_first(tx: &mut Tx) -> Result<(), DbError> {
    tx.query("UPDATE organizations SET name = name WHERE id = (SELECT MIN(id) FROM organizations)")
        .execute()
        .await
        .map(drop)
}

/// What time the database believes it is.
pub async fn database_time(tx: &mut Tx) -> Result<At, DbError> {
    let sql = tx.pick(
        "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT",
    );
    let (now,): (At,) = tx.query(sql).one().await?;
    Ok(now)
}
