//! An organization gives a number up. Threads that used it stay.

use lotline_common::{PhoneNumberId, api::audit::AuditAction, event::EventKind};

use crate::{
    app::App,
    db::{Committed, DbError, Scope},
    domain::{
        audit::{Actor, Entry},
        organization::OrgKey,
    },
    error::Result,
    store::{self, event::NewEvent},
};

/// An absent number and another organization's are the same answer.
pub async fn run(app: &App, org: OrgKey, id: PhoneNumberId, by: Actor) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                store::phone_number::delete(tx, org, id).await?;
                let event = NewEvent::new(EventKind::NumberChanged)
                    .by(by.author())
                    .detail(|detail| detail.phone_number_id = Some(id));
                store::event::append(tx, org, now, event)?;
                store::audit::append(tx, org, now, Entry::new(AuditAction::NumberRemoved, by).on(id)).await?;
                tx.tell(Committed::Directory);
                Ok(())
            })
        })
        .await
        .map_err(|error: DbError| error.into())
}
