//! An organization gets a number of its own, which decides from then on whose a text or call is.

use lotline_common::{
    PhoneNumberId,
    api::{
        audit::AuditAction,
        organization::{AddNumber, OwnNumber},
    },
    event::EventKind,
};

use super::{do_once, taken};
use crate::{
    app::App,
    db::{Committed, Scope},
    domain::{
        account,
        audit::{Actor, Entry},
        once::Once,
        organization::OrgKey,
    },
    error::{Error, Result},
    store::{self, event::NewEvent},
};

/// A number that any organization of the installation holds is a collision; whose is not told.
pub async fn run(
    app: &App,
    org: OrgKey,
    asked: AddNumber,
    by: Actor,
    once: Option<Once>,
) -> Result<OwnNumber> {
    let label = asked.label.as_deref().map(label).transpose()?;
    let number = OwnNumber {
        id: PhoneNumberId::new(),
        phone_number: asked.phone_number,
        label,
        sms: asked.sms,
        voice_mode: asked.voice_mode,
    };
    let now = app.clock.now();
    do_once::run(app, Scope::Org(org), once, move |tx| {
        Box::pin(async move {
            let collision = Error::conflict("number_taken", "This number is in use in this installation.");
            store::phone_number::insert(tx, org, &number, now)
                .await
                .map_err(|error| taken(error, collision))?;
            let event = NewEvent::new(EventKind::NumberChanged)
                .by(by.author())
                .detail(|detail| detail.phone_number_id = Some(number.id));
            store::event::append(tx, org, now, event)?;
            let added = Entry::new(AuditAction::NumberAdded, by).on(number.id);
            let added = added.with("phone_number", number.phone_number.as_str());
            store::audit::append(tx, org, now, added).await?;
            tx.tell(Committed::Directory);
            Ok(number)
        })
    })
    .await
}

/// What the team calls a number.
pub(super) fn label(text: &str) -> Result<String> {
    account::name(text).ok_or_else(|| Error::invalid("label", "must be 1 to 100 characters of plain text"))
}
