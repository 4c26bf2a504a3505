//! Alarms of an organization. A row stands for as long as its condition does.

use lotline_common::{
    At,
    api::alarm::{Alarm, AlarmKind},
};

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
};

/// False when it is raised already.
pub async fn raise(
    tx: &mut Tx,
    org: OrgKey,
    kind: AlarmKind,
    subject: Option<&str>,
    at: At,
) -> Result<bool, DbError> {
    tx.guard(org)?;
    let raised = tx
        .query(
            "INSERT INTO alarms (organization_id, kind, subject, since) VALUES ($1, $2, $3, $4)
             ON CONFLICT (organization_id, kind, subject) DO NOTHING",
        )
        .bind(org.number())
        .bind(kind)
        .bind(subject.unwrap_or_default().to_owned())
        .bind(at)
        .execute()
        .await?;
    Ok(raised > 0)
}

/// False when there was none.
pub async fn clear(
    tx: &mut Tx,
    org: OrgKey,
    kind: AlarmKind,
    subject: Option<&str>,
) -> Result<bool, DbError> {
    tx.guard(org)?;
    let cleared = tx
        .query("DELETE FROM alarms WHERE organization_id = $1 AND kind = $2 AND subject = $3")
        .bind(org.number())
        .bind(kind)
        .bind(subject.unwrap_or_default().to_owned())
        .execute()
        .await?;
    Ok(cleared > 0)
}

/// What is open, the oldest first.
pub async fn list(tx: &mut Tx, org: OrgKey) -> Result<Vec<Alarm>, DbError> {
    tx.guard(org)?;
    let rows: Vec<(AlarmKind, String, At)> = tx
        .query("SELECT kind, subject, since FROM alarms WHERE organization_id = $1 ORDER BY since, kind, subject")
        .bind(org.number())
        .all()
        .await?;
    let alarm = |(kind, subject, since): (AlarmKind, String, At)| {
        Alarm::new(kind, Some(subject).filter(|subject| !subject.is_empty()), since)
    };
    Ok(rows.into_iter().map(alarm).collect())
}
