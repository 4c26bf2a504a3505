//! An organization gives a number up. Threads that used it stay.

use lotline_common::{PhoneNumberId, api::turn::Author, event::EventKind};

use crate::{
    app::App,
    db::{Committed, DbError, Scope},
    domain::organization::OrgKey,
    error::Result,
    store::{self, event::NewEvent},
};

/// An absent number and another organization's are the same answer.
pub async fn run(app: &App, org: OrgKey, id: PhoneNumberId, by: Author) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                store::phone_number::delete(tx, org, id).await?;
                let event = NewEvent::new(EventKind::NumberChanged)
                    .by(by)
                    .detail(|detail| detail.phone_number_id = Some(id));
                store::event::append(tx, org, now, event).await?;
                tx.tell(Committed::Directory);
                Ok(())
            })
        })
        .await
        .map_err(|error: DbError| error.into())
}
