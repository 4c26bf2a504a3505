//! Asks the contact gate and changes nothing.

use lotline_common::{
    At, LeadId, PhoneNumber,
    api::{
        consent::{ContactAnswer, ContactCheck, Purpose},
        turn::{AuthorKind, Channel},
    },
};

use super::queue_message::facts;
use crate::{
    app::App,
    db::Scope,
    domain::{gate, permission::Viewer},
    error::{Error, Result},
    store::{self, thread::Thread},
};

pub async fn run(app: &App, viewer: &Viewer, lead: LeadId, question: ContactCheck) -> Result<ContactAnswer> {
    if question.channel != Channel::Sms {
        return Err(Error::invalid("channel", "only sms can be asked about so far"));
    }
    let mut tx = app.db.read(Scope::Org(viewer.org)).await?;
    let thread = store::thread::read(&mut tx, viewer.org, lead).await?;
    let phone = thread.phone.clone().ok_or(Error::conflict("no_phone", "This lead has no phone number."))?;
    Ok(answer(&thread, &phone, question.purpose, app.clock.now()))
}

/// What the gate says to a message that a member would write now.
pub(super) fn answer(thread: &Thread, phone: &PhoneNumber, purpose: Purpose, now: At) -> ContactAnswer {
    let ruleset = gate::RULESET.to_owned();
    match gate::check(&facts(thread, phone, purpose, AuthorKind::Member, now)) {
        Ok(()) => ContactAnswer { allowed: true, reasons: Vec::new(), next_allowed_at: None, ruleset },
        Err(refusal) => ContactAnswer {
            allowed: false,
            reasons: refusal.reasons,
            next_allowed_at: refusal.next_allowed_at,
            ruleset,
        },
    }
}
