//! A note in the thread: for the team, never for the customer or the AI.

use lotline_common::{
    LeadId,
    api::turn::{Turn, TurnKind},
};

use super::{do_once, send_message::author};
use crate::{
    app::App,
    db::Scope,
    domain::permission::{Agent, Principal},
    error::{Error, Result},
    store::{self, thread::NewTurn},
};

const MAX_NOTE: usize = 4_000;

pub async fn run(app: &App, agent: &Agent, lead: LeadId, text: String) -> Result<Turn> {
    let text = text.trim().replace('\0', "");
    if text.is_empty() || text.chars().count() > MAX_NOTE {
        return Err(Error::invalid("text", format!("1 to {MAX_NOTE} characters")));
    }
    let (now, member) = (app.clock.now(), Principal::clone(agent));
    do_once::run(app, Scope::Org(agent.org), agent.once.clone(), move |tx| {
        Box::pin(async move {
            let mut thread = store::thread::open(tx, member.org, lead).await?;
            let note = NewTurn {
                kind: TurnKind::Note,
                channel: None,
                author: author(&member),
                text,
                delivery: None,
                answers: false,
            };
            Ok(store::thread::add(tx, &mut thread, now, note).await?)
        })
    })
    .await
}
