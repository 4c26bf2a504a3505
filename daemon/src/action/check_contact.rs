//! Asks the contact gate and changes nothing.

use lotline_common::{
    LeadId,
    api::{
        consent::{ContactAnswer, ContactCheck},
        turn::{AuthorKind, Channel},
    },
};

use super::queue_message::facts;
use crate::{
    app::App,
    db::Scope,
    domain::{gate, permission::Viewer},
    error::{Error, Result},
    store,
};

pub async fn run(app: &App, viewer: &Viewer, lead: LeadId, question: ContactCheck) -> Result<ContactAnswer> {
    if question.channel != Channel::Sms {
        return Err(Error::invalid("channel", "only sms can be asked about so far"));
    }
    let mut tx = app.db.read(Scope::Org(viewer.org)).await?;
    let thread = store::thread::read(&mut tx, viewer.org, lead).await?;
    let phone = thread.phone.clone().ok_or(Error::conflict("no_phone", "This lead has no phone number."))?;
    let answer = gate::check(&facts(&thread, &phone, question.purpose, AuthorKind::Member, app.clock.now()));
    let ruleset = gate::RULESET.to_owned();
    Ok(match answer {
        Ok(()) => ContactAnswer { allowed: true, reasons: Vec::new(), next_allowed_at: None, ruleset },
        Err(refusal) => ContactAnswer {
            allowed: false,
            reasons: refusal.reasons,
            next_allowed_at: refusal.next_allowed_at,
            ruleset,
        },
    })
}
