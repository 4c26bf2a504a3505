//! A number goes from one organization to another, at once: texts that come in from now on are the new owner's, and
//! what the old owner had not sent yet is refused.

use lotline_common::{
    PhoneNumber, PhoneNumberId,
    api::{audit::AuditAction, organization::OwnNumber},
    event::EventKind,
};

use crate::{
    app::App,
    db::{Committed, DbError, Scope},
    domain::{
        audit::{Actor, Entry},
        job::Job,
        organization::OrgKey,
    },
    error::{Error, Result},
    store::{self, event::NewEvent},
};

/// Both organizations hear of it. The new owner gets a number without the old one's label, under an id of its own.
pub async fn run(app: &App, number: PhoneNumber, from: OrgKey, to: OrgKey, by: Actor) -> Result<OwnNumber> {
    if from == to {
        return Err(Error::invalid("--to", "names the organization that has the number already"));
    }
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let numbers = store::phone_number::list(tx, from).await?;
                let left =
                    numbers.into_iter().find(|own| own.phone_number == number).ok_or(DbError::NotFound)?;
                store::phone_number::delete(tx, from, left.id).await?;
                let arrived = OwnNumber { id: PhoneNumberId::new(), label: None, ..left.clone() };
                store::phone_number::insert(tx, to, &arrived, now).await?;
                // In one order, so that two moves across each other do not wait for each other.
                let mut sides = [(from, left.id, "moved_away"), (to, arrived.id, "moved_here")];
                sides.sort_by_key(|(org, ..)| org.number());
                for (org, id, reason) in sides {
                    let event = NewEvent::new(EventKind::NumberChanged).by(by.author()).detail(|detail| {
                        detail.phone_number_id = Some(id);
                        detail.reason = Some(reason.into());
                    });
                    store::event::append(tx, org, now, event)?;
                    let entry = Entry::new(AuditAction::NumberMoved, by.clone()).on(id).with("side", reason);
                    let entry = entry.with("phone_number", number.as_str());
                    store::audit::append(tx, org, now, entry).await?;
                }
                // Their jobs find that they may not leave; nobody waits for that until they are due.
                for (turn, lead) in store::delivery::waiting_from(tx, from, &number).await? {
                    store::job::enqueue(tx, from, lead, Job::DeliverMessage { turn }, now, now).await?;
                }
                tx.tell(Committed::Directory);
                Ok(arrived)
            })
        })
        .await
}
