//! A person sends, edits or discards a draft.

use lotline_common::{
    DraftId,
    api::{draft::Draft, message::SendMessage, turn::Turn},
};
use uuid::Uuid;

use super::{do_once, send_message};
use crate::{
    app::App,
    db::Scope,
    domain::permission::{Agent, Principal},
    error::Result,
    store,
};

/// Sends the draft as the member's own message; the draft's id is the intent's, so twice is once.
pub async fn run(app: &App, agent: &Agent, draft: DraftId) -> Result<Turn> {
    let scope = Scope::Org(agent.org);
    if let Some(sent) = do_once::earlier(app, scope, agent.once.as_ref()).await? {
        return Ok(sent);
    }
    let found = find(app, agent, draft).await?;
    let message = SendMessage {
        body: found.text,
        client_id: Uuid::from_u128(draft.uuid().as_u128()),
        hold_seconds: None,
        send_at: None,
        expected_turn: None,
    };
    let turn = send_message::run(app, agent, found.lead_id, message).await?;
    let (now, org, lead) = (app.clock.now(), agent.org, found.lead_id);
    do_once::run(app, scope, agent.once.clone(), move |tx| {
        Box::pin(async move {
            store::draft::remove(tx, org, now, lead, draft).await?;
            Ok(turn)
        })
    })
    .await
}

pub async fn edit(app: &App, agent: &Agent, draft: DraftId, text: String) -> Result<Draft> {
    send_message::check_body(&text)?;
    let org = agent.org;
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                store::draft::find(tx, org, draft).await?;
                store::draft::edit(tx, org, draft, text).await?;
                Ok(store::draft::find(tx, org, draft).await?)
            })
        })
        .await
}

pub async fn discard(app: &App, agent: &Agent, draft: DraftId) -> Result<()> {
    let (now, member) = (app.clock.now(), Principal::clone(agent));
    app.db
        .write(Scope::Org(agent.org), move |tx| {
            Box::pin(async move {
                let found = store::draft::find(tx, member.org, draft).await?;
                Ok(store::draft::remove(tx, member.org, now, found.lead_id, draft).await?)
            })
        })
        .await
}

async fn find(app: &App, agent: &Agent, draft: DraftId) -> Result<Draft> {
    let mut tx = app.db.read(Scope::Org(agent.org)).await?;
    Ok(store::draft::find(&mut tx, agent.org, draft).await?)
}
