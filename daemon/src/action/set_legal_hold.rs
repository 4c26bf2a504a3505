//! What is known of a customer must stay for a court: nothing of theirs is pruned or erased until the hold is lifted.

use lotline_common::{LeadId, api::audit::AuditAction};

use super::create_lead::line;
use crate::{
    app::App,
    db::Scope,
    domain::{
        audit::Entry,
        permission::{Admin, Principal},
    },
    error::{Error, Result},
    store,
};

pub async fn run(app: &App, admin: &Admin, lead: LeadId, reason: String) -> Result<()> {
    let reason = line("reason", Some(reason))?;
    let reason = reason.ok_or_else(|| Error::invalid("reason", "say which matter it is for"))?;
    let entry = Entry::new(AuditAction::LegalHoldSet, admin.actor()).on(lead).with("reason", reason);
    put(app, admin, lead, true, entry).await
}

/// What would have been pruned meanwhile is looked at again.
pub async fn lift(app: &App, admin: &Admin, lead: LeadId) -> Result<()> {
    let entry = Entry::new(AuditAction::LegalHoldLifted, admin.actor()).on(lead);
    put(app, admin, lead, false, entry).await
}

async fn put(app: &App, admin: &Admin, lead: LeadId, held: bool, entry: Entry) -> Result<()> {
    let (now, member) = (app.clock.now(), Principal::clone(admin));
    app.db
        .write(Scope::Org(admin.org), move |tx| {
            Box::pin(async move {
                // Takes turns with an erasure.
                store::thread::open(tx, member.org, lead).await?;
                if !store::lead::set_hold(tx, member.org, lead, held).await? {
                    return Ok(());
                }
                if !held {
                    store::retention::look_again(tx, member.org).await?;
                }
                Ok(store::audit::append(tx, member.org, now, entry).await?)
            })
        })
        .await
}
