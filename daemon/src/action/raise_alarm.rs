//! An organization's alarm is raised or cleared, and told when that is news.

use lotline_common::{At, api::alarm::AlarmKind, event::EventKind};

use crate::{
    db::{DbError, Tx},
    domain::organization::OrgKey,
    store::{self, event::NewEvent},
};

/// Raises it unless it is raised already.
pub async fn raise(
    tx: &mut Tx,
    org: OrgKey,
    kind: AlarmKind,
    subject: Option<&str>,
    at: At,
) -> Result<(), DbError> {
    if store::alarm::raise(tx, org, kind, subject, at).await? {
        tracing::error!(%kind, subject, organization = org.number(), "alarm: {}", kind.advice());
        tell(tx, org, EventKind::AlarmRaised, kind, at)?;
    }
    Ok(())
}

/// Clears it if it is raised.
pub async fn clear(
    tx: &mut Tx,
    org: OrgKey,
    kind: AlarmKind,
    subject: Option<&str>,
    at: At,
) -> Result<(), DbError> {
    if store::alarm::clear(tx, org, kind, subject).await? {
        tracing::info!(%kind, subject, organization = org.number(), "an alarm is over");
        tell(tx, org, EventKind::AlarmCleared, kind, at)?;
    }
    Ok(())
}

fn tell(tx: &mut Tx, org: OrgKey, event: EventKind, kind: AlarmKind, at: At) -> Result<(), DbError> {
    let event = NewEvent::new(event).detail(|detail| detail.reason = Some(kind.to_string()));
    store::event::append(tx, org, at, event)
}
