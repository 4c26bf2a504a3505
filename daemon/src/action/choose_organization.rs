//! Whose customer an operator of the installation means who asks about a phone.

use lotline_common::{PhoneNumber, api::audit::AuditAction, event::EventKind};

use super::by_system;
use crate::{
    app::App,
    db::{DbError, Scope},
    domain::audit::Entry,
    error::Result,
    store::{self, event::NewEvent, organization::OrganizationRow},
};

/// The organization with that slug, or the only one there is. `None`: there are several and none was named, which every
/// organization that has this customer is told; a guess would show one store another's.
pub async fn run(app: &App, phone: &PhoneNumber, slug: Option<&str>) -> Result<Option<OrganizationRow>> {
    let mut tx = app.db.read(Scope::System).await?;
    let mut organizations = store::organization::all(&mut tx).await?;
    drop(tx);
    organizations.retain(|organization| slug.is_none_or(|slug| organization.public.slug == slug));
    let Some(organization) = organizations.pop() else {
        return Err(DbError::NotFound.into());
    };
    if organizations.is_empty() {
        return Ok(Some(organization));
    }
    warn(app, phone.clone()).await?;
    Ok(None)
}

/// Every organization that has this customer learns that somebody asked without saying for whom.
async fn warn(app: &App, phone: PhoneNumber) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                for (org, lead) in store::lead::everywhere_by_phone(tx, &phone).await? {
                    let alert = NewEvent::new(EventKind::SecurityAlert).lead(lead).by(by_system().author());
                    let alert = alert.detail(|detail| detail.reason = Some("ambiguous_phone_lookup".into()));
                    store::event::append(tx, org, now, alert)?;
                    let entry = Entry::new(AuditAction::LookupAmbiguous, by_system()).on(lead);
                    store::audit::append(tx, org, now, entry).await?;
                }
                Ok(())
            })
        })
        .await
}
