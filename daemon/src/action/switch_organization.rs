//! The same session goes on in another organization of its owner.

use lotline_common::{OrganizationId, api::audit::AuditAction};

use super::open_session::{self, SignedIn};
use crate::{
    app::App,
    db::{Committed, Scope},
    domain::{audit::Entry, permission::Entrant},
    error::Result,
    store,
};

/// An organization that the person is not a member of is absent.
pub async fn run(app: &App, entrant: &Entrant, to: OrganizationId) -> Result<SignedIn> {
    let (user, session, by, now) = (entrant.user, entrant.session, entrant.actor(), app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let user = store::user::find(tx, user).await?;
                let places = store::member::places(tx, user.id).await?;
                let place = open_session::choose(&places, Some(to))?;
                store::session::move_to(tx, session, place.organization.key).await?;
                // The membership may be newer than what this process remembers of the session.
                tx.tell(Committed::Sessions);
                let entry = Entry::new(AuditAction::OrganizationSwitched, by).on(session);
                store::audit::append(tx, place.organization.key, now, entry).await?;
                Ok(SignedIn::new(session, None, &user, place, places))
            })
        })
        .await
}
