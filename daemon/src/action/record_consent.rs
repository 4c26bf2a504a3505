//! A member writes down what a customer said about being contacted.

use lotline_common::{
    LeadId,
    api::consent::{Consent, ConsentKind, ConsentSource, RecordConsent},
    api::turn::Channel,
};

use super::{
    do_once,
    opt_out::{self, Said},
    send_message::author,
};
use crate::{
    app::App,
    db::Scope,
    domain::permission::{Agent, Principal},
    error::{Error, Result},
    store,
};

const MAX_NOTE: usize = 1_000;

pub async fn run(app: &App, agent: &Agent, lead: LeadId, wish: RecordConsent) -> Result<Consent> {
    let note = wish.note.trim().to_owned();
    if note.is_empty() || note.chars().count() > MAX_NOTE {
        return Err(Error::invalid(
            "note",
            format!("say how the customer told us, in 1 to {MAX_NOTE} characters"),
        ));
    }
    let (now, member) = (app.clock.now(), Principal::clone(agent));
    do_once::run(app, Scope::Org(agent.org), agent.once.clone(), move |tx| {
        Box::pin(async move {
            let mut thread = store::thread::open(tx, member.org, lead).await?;
            let phone =
                thread.phone.clone().ok_or(Error::conflict("no_phone", "This lead has no phone number."))?;
            let said = Said {
                by: author(&member),
                source: ConsentSource::Member,
                turn: None,
                note: Some(note.clone()),
            };
            match wish.kind {
                ConsentKind::OptOut => opt_out::apply(tx, &mut thread, now, said).await?,
                ConsentKind::OptIn => opt_out::undo(tx, &mut thread, now, said).await?,
            }
            Ok(Consent {
                kind: wish.kind,
                channel: Channel::Sms,
                phone,
                source: ConsentSource::Member,
                turn_id: None,
                note: Some(note),
                at: now,
            })
        })
    })
    .await
}
