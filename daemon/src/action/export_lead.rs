//! Everything that is held of one customer is put together, to answer them: told before it is shown, each time.

use lotline_common::{
    LeadId,
    api::{audit::AuditAction, lead_export::LeadExport},
};

use crate::{
    app::App,
    db::{DbError, Scope},
    domain::{
        audit::Entry,
        permission::{Admin, Principal},
    },
    error::{Error, Result},
    store::{self, audit::Filter},
};

/// No page: whoever asks what is held of them asks for all of it.
const ALL: i64 = i64::MAX;

pub async fn run(app: &App, admin: &Admin, lead: LeadId) -> Result<LeadExport> {
    tell(app, admin, lead).await?;
    let (org, mut tx) = (admin.org, app.db.read(Scope::Org(admin.org)).await?);
    let filter = Filter { lead: Some(lead), ..Filter::default() };
    let mut export = LeadExport {
        exported_at: app.clock.now(),
        organization: store::organization::find(&mut tx, org).await?.public.name,
        lead: store::lead::find(&mut tx, org, lead).await?,
        consents: Vec::new(),
        turns: store::turn::page(&mut tx, org, lead, None, ALL).await?,
        drafts: store::draft::list(&mut tx, org, lead).await?,
        application: store::application::filled(&mut tx, org, lead).await?,
        audit: store::audit::page(&mut tx, org, &filter, None, ALL).await?,
    };
    let ledger = store::lead::consents(&mut tx, org, lead, None, ALL).await?;
    export.consents.extend(ledger.into_iter().rev().map(|(_line, consent)| consent));
    export.turns.reverse();
    export.audit.reverse();
    Ok(export)
}

async fn tell(app: &App, admin: &Admin, lead: LeadId) -> Result<()> {
    let (now, member) = (app.clock.now(), Principal::clone(admin));
    app.db
        .write(Scope::Org(admin.org), move |tx| {
            Box::pin(async move {
                store::lead::exists(tx, member.org, lead).await?;
                let entry = Entry::new(AuditAction::LeadExported, member.actor()).on(lead);
                store::audit::append(tx, member.org, now, entry).await
            })
        })
        .await
        .map_err(|error: DbError| Error::from(error))
}
