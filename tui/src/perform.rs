//! Carries out one `Cmd` against the daemon and answers with one `What`. No decision is taken here.

mod team;

use lotline_common::{
    api::{auth::LogIn, consent::ContactCheck, lead::AddNote, message::ResolveMessage, turn::Channel},
    client::{Client, Error},
};

use crate::{cmd::Cmd, msg::What};

/// Turns of one page of a timeline.
const PAGE: u32 = 60;

/// `None` for a command that is not the daemon's business.
pub(crate) async fn perform(client: Client, cmd: Cmd) -> Option<What> {
    Some(match cmd {
        Cmd::SignOut => {
            // Signed out here even when the daemon cannot be told: its event stream is stopped in any case.
            drop(client.log_out().await);
            What::Stream(lotline_common::stream::StreamUpdate::SignedOut)
        }
        Cmd::Switch(id) => What::SignedIn(client.switch(id).await.map(Box::new)),
        Cmd::FetchLeads { source, query, asked } => {
            let page = client.leads(&query).await;
            What::Leads { source, first: query.cursor.is_none(), q: query.q, asked, page }
        }
        Cmd::FetchLead { id, asked } => What::Lead { id, asked, lead: client.lead(id).await.map(Box::new) },
        Cmd::FetchTimeline { id, cursor, asked } => {
            let page = client.timeline(id, PAGE, cursor.as_deref()).await;
            What::Timeline { id, older: cursor.is_some(), asked, page }
        }
        Cmd::FetchDrafts { id } => {
            What::Drafts { id, drafts: client.drafts(id).await.map(|page| page.items) }
        }
        Cmd::FetchAlarms => What::Alarms(client.alarms().await),
        Cmd::FetchMembers => What::Members(client.members().await.map(|page| page.items)),
        Cmd::Team(call) => What::Team(team::call(&client, call).await),
        Cmd::FetchAudit(query) => What::Audit(client.audit(&query).await),
        Cmd::CheckContact { id, purpose } => {
            let body = ContactCheck { channel: Channel::Sms, purpose };
            What::Checked { id, answer: client.contact_check(id, &body).await }
        }
        other => return change(&client, other).await,
    })
}

/// Commands that change something.
async fn change(client: &Client, cmd: Cmd) -> Option<What> {
    Some(match cmd {
        Cmd::Send { id, body } => {
            let client_id = body.client_id;
            What::Sent { id, client_id, turn: client.send_message(id, &body).await.map(Box::new) }
        }
        Cmd::Recall { id, turn } => {
            What::Recalled { id, turn, recalled: client.recall(turn).await.map(Box::new) }
        }
        Cmd::Resolve { id, turn, resolution } => {
            What::Resolved { id, done: client.resolve(turn, &ResolveMessage { resolution }).await }
        }
        Cmd::SetFloor { id, body } => What::FloorSet { id, floor: client.set_floor(id, &body).await },
        Cmd::DeleteDraft { id, draft } => {
            What::DraftGone { id, draft, done: client.delete_draft(draft).await }
        }
        Cmd::EditLead { id, version, edit } => {
            What::Edited { id, lead: client.edit_lead(id, version, &edit).await.map(Box::new) }
        }
        Cmd::CreateLead(body) => What::Created(client.create_lead(&body).await.map(Box::new)),
        Cmd::AddNote { id, text } => {
            What::Noted { id, turn: client.add_note(id, &AddNote { text }).await.map(Box::new) }
        }
        Cmd::RecordConsent { id, body } => {
            What::ConsentRecorded { id, consent: client.record_consent(id, &body).await }
        }
        _ => return None,
    })
}

/// Signs in with what was typed.
pub(crate) async fn sign_in(client: Result<Client, Error>, body: LogIn) -> What {
    What::SignedIn(match client {
        Ok(client) => client.log_in(&body).await.map(Box::new),
        Err(error) => Err(error),
    })
}
