//! A member changes what is known of a lead.

use lotline_common::{
    LeadId, UserId,
    api::lead::{EditLead, Lead},
    event::EventKind,
};

use super::{create_lead::line, send_message::author};
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        permission::{Agent, Principal},
        seen::Seen,
    },
    error::{Error, Result},
    store::{
        self,
        event::NewEvent,
        lead::{Change, SentimentChange},
    },
};

const MAX_TAGS: usize = 20;
const MAX_TAG: usize = 40;

/// What the caller has not seen as it is now, is a 412.
pub async fn run(app: &App, agent: &Agent, lead: LeadId, seen: Seen, wish: EditLead) -> Result<Lead> {
    let wish = checked(wish)?;
    let (now, member) = (app.clock.now(), Principal::clone(agent));
    app.db
        .write(Scope::Org(agent.org), move |tx| {
            Box::pin(async move {
                // Takes turns with others who change it: what they changed meanwhile is a 412.
                store::thread::open(tx, member.org, lead).await?;
                let lead_now = store::lead::find(tx, member.org, lead).await?;
                if !seen.is(lead_now.version) {
                    return Err(Error::Stale);
                }
                if let Some(Some(user)) = wish.assigned_to {
                    is_member(tx, &member, user).await?;
                }
                let assigned =
                    wish.assigned_to.is_some_and(|to| to != lead_now.assigned_to.as_ref().map(|m| m.id));
                let change = Change {
                    name: wish.name,
                    status: wish.status,
                    sentiment: wish.sentiment.map(|sentiment| SentimentChange { sentiment, at: now }),
                    assigned_to: wish.assigned_to,
                    vehicle: wish.vehicle,
                    tags: wish.tags,
                };
                store::lead::change(tx, member.org, lead, now, &lead_now, change).await?;
                let updated = NewEvent::new(EventKind::LeadUpdated).lead(lead).by(author(&member));
                store::event::append(tx, member.org, now, updated)?;
                if assigned {
                    let event = NewEvent::new(EventKind::AssignmentChanged).lead(lead).by(author(&member));
                    let to = wish.assigned_to.flatten();
                    store::event::append(tx, member.org, now, event.detail(|detail| detail.member_id = to))?;
                }
                Ok(store::lead::find(tx, member.org, lead).await?)
            })
        })
        .await
}

fn checked(mut wish: EditLead) -> Result<EditLead> {
    if let Some(name) = wish.name {
        wish.name = Some(line("name", name)?);
    }
    if let Some(vehicle) = wish.vehicle {
        wish.vehicle = Some(line("vehicle", vehicle)?);
    }
    if let Some(tags) = &mut wish.tags {
        for tag in tags.iter_mut() {
            *tag = tag.trim().to_lowercase();
        }
        tags.sort();
        tags.dedup();
        let bad =
            |tag: &String| tag.is_empty() || tag.chars().count() > MAX_TAG || tag.contains(char::is_control);
        if tags.len() > MAX_TAGS || tags.iter().any(bad) {
            return Err(Error::invalid(
                "tags",
                format!("at most {MAX_TAGS} words of at most {MAX_TAG} characters"),
            ));
        }
    }
    Ok(wish)
}

async fn is_member(tx: &mut Tx, member: &Principal, user: UserId) -> Result<()> {
    let members = store::member::list(tx, member.org).await?;
    if members.iter().any(|other| other.id == user) {
        Ok(())
    } else {
        Err(Error::invalid("assigned_to", "no such member"))
    }
}
