//! Undo: a held message becomes a draft again.

use lotline_common::{
    DraftId, TurnId,
    api::{draft::Draft, message::DeliveryState, turn::AuthorKind},
};

use super::{do_once, send_message::author};
use crate::{
    app::App,
    db::Scope,
    domain::permission::{Agent, Principal},
    error::{Error, Result},
    store,
};

/// Inside the hold only; later it is a 409, because it may have left.
pub async fn run(app: &App, agent: &Agent, turn: TurnId) -> Result<Draft> {
    let (now, member) = (app.clock.now(), Principal::clone(agent));
    do_once::run(app, Scope::Org(agent.org), agent.once.clone(), move |tx| {
        Box::pin(async move {
            let (mut sending, mut thread) = store::delivery::open(tx, member.org, turn).await?;
            if sending.state != DeliveryState::Held || sending.author_kind != AuthorKind::Member {
                return Err(Error::conflict("not_held", "It is not in its undo window any more."));
            }
            sending.state = DeliveryState::Recalled;
            sending.reason = Some("recalled".into());
            store::delivery::save(tx, member.org, now, &sending).await?;
            store::thread::unsaid(tx, &mut thread, now).await?;
            let draft = Draft {
                id: DraftId::new(),
                lead_id: sending.lead_id,
                author: author(&member),
                text: sending.text,
                reason: "recalled".into(),
                at: now,
            };
            store::draft::insert(tx, member.org, &draft).await?;
            Ok(draft)
        })
    })
    .await
}
