//! A customer is forgotten, except for the proof of what they said about being contacted.

use lotline_common::{LeadId, api::audit::AuditAction, event::EventKind};

use super::bury_job;
use crate::{
    app::App,
    db::Scope,
    domain::{
        audit::Entry,
        job::Job,
        permission::{Admin, Principal},
    },
    error::{Error, Result},
    store::{self, event::NewEvent, job::Claim},
};

pub(super) const HELD: Error =
    Error::conflict("legal_hold", "A legal hold stands on this customer; lift it first.");

/// Destroys the customer's key, blanks the thread and everything known of them. Work under way for them ends unwritten.
pub async fn run(app: &App, admin: &Admin, lead: LeadId) -> Result<()> {
    let (keyring, now, member) = (app.keyring.clone(), app.clock.now(), Principal::clone(admin));
    app.db
        .write(Scope::Org(admin.org), move |tx| {
            Box::pin(async move {
                let org = member.org;
                let thread = store::thread::open(tx, org, lead).await?;
                if store::lead::is_held(tx, org, lead).await? {
                    return Err(HELD);
                }
                let hash = match &thread.phone {
                    Some(phone) => Some(keyring.make_erasure(tx, org, now).await?.hash(phone.as_str())),
                    None => None,
                };
                store::lead::erase(tx, org, lead, now).await?;
                store::lead::tombstone(tx, org, lead, hash, now).await?;
                store::job::cancel_all(tx, org, lead).await?;
                bury_job::forget(tx, org, now).await?;
                store::job::enqueue(tx, org, lead, Job::ForgetReceipts, now, now).await?;
                let erased = NewEvent::new(EventKind::LeadErased).lead(lead).by(member.author());
                store::event::append(tx, org, now, erased)?;
                let entry = Entry::new(AuditAction::LeadErased, member.actor()).on(lead);
                store::audit::append(tx, org, now, entry).await?;
                Ok(())
            })
        })
        .await
}

/// Found by a look through the receipts, which must not hold up who writes.
pub async fn forget_receipts(app: &App, claim: Claim) -> Result<()> {
    let lead = claim.lead.ok_or(Error::NotFound)?;
    let mut tx = app.db.read(Scope::Org(claim.org)).await?;
    let found = store::receipt::of_deliveries(&mut tx, claim.org, lead).await?;
    drop(tx);
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                store::receipt::remove(tx, claim.org, found).await?;
                Ok(store::job::finish(tx, &claim).await?)
            })
        })
        .await
}
