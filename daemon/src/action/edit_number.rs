//! What an own number is called, whether texts use it, and who answers its calls.

use lotline_common::{
    PhoneNumberId,
    api::{
        audit::AuditAction,
        organization::{EditNumber, OwnNumber},
    },
    event::EventKind,
};

use super::add_number;
use crate::{
    app::App,
    db::{Committed, DbError, Scope},
    domain::{audit::Entry, permission::Admin},
    error::Result,
    store::{self, event::NewEvent},
};

/// An absent number and another organization's are the same answer.
pub async fn run(app: &App, admin: &Admin, id: PhoneNumberId, wish: EditNumber) -> Result<OwnNumber> {
    let label = match wish.label {
        Some(Some(text)) => Some(Some(add_number::label(&text)?)),
        other => other,
    };
    let (org, by, now) = (admin.org, admin.actor(), app.clock.now());
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                store::organization::hold(tx, org).await?;
                let own = store::phone_number::list(tx, org).await?;
                let mut number = own.into_iter().find(|number| number.id == id).ok_or(DbError::NotFound)?;
                number.label = label.unwrap_or(number.label);
                number.sms = wish.sms.unwrap_or(number.sms);
                number.voice_mode = wish.voice_mode.unwrap_or(number.voice_mode);
                store::phone_number::update(tx, org, &number).await?;
                let event = NewEvent::new(EventKind::NumberChanged)
                    .by(by.author())
                    .detail(|detail| detail.phone_number_id = Some(id));
                store::event::append(tx, org, now, event)?;
                let entry = Entry::new(AuditAction::NumberChanged, by).on(id).with("sms", number.sms);
                let entry = entry.with("voice_mode", number.voice_mode.as_str());
                store::audit::append(tx, org, now, entry).await?;
                tx.tell(Committed::Directory);
                Ok(number)
            })
        })
        .await
}
