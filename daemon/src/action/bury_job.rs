//! A job is given up after its last attempt: it is listed, an alarm stands, and a person decides.

use lotline_common::{At, LeadId, api::alarm::AlarmKind, event::EventKind};

use super::raise_alarm;
use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    domain::organization::OrgKey,
    error::Result,
    store::{self, event::NewEvent, job::Claim},
};

/// `why` is a sentence for an operator.
pub async fn run(app: &App, claim: Claim, why: String) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                if store::job::bury(tx, &claim, now, &why).await? {
                    raise_alarm::raise(tx, claim.org, AlarmKind::JobsGivenUp, None, now).await?;
                    tell(tx, claim.org, EventKind::DeadLetterAdded, claim.lead, now)?;
                }
                Ok(())
            })
        })
        .await
}

/// One is off the list.
pub(super) async fn settled(tx: &mut Tx, org: OrgKey, lead: Option<LeadId>, now: At) -> Result<(), DbError> {
    tell(tx, org, EventKind::DeadLetterRemoved, lead, now)?;
    forget(tx, org, now).await
}

/// The alarm goes with the last one.
pub(super) async fn forget(tx: &mut Tx, org: OrgKey, now: At) -> Result<(), DbError> {
    if store::dead_letter::count(tx, org).await? == 0 {
        raise_alarm::clear(tx, org, AlarmKind::JobsGivenUp, None, now).await?;
    }
    Ok(())
}

fn tell(tx: &mut Tx, org: OrgKey, kind: EventKind, lead: Option<LeadId>, now: At) -> Result<(), DbError> {
    let event = NewEvent::new(kind);
    store::event::append(tx, org, now, lead.map_or(event.clone(), |lead| event.lead(lead)))
}
