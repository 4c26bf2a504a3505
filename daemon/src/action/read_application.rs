//! Somebody reads the vault: told in the transaction that reads, so that nothing is shown that was not told.

use std::collections::BTreeMap;

use lotline_common::{
    LeadId,
    api::{application::Application, audit::AuditAction},
};
use secrecy::ExposeSecret;

use crate::{
    app::App,
    db::Scope,
    domain::{
        audit::Entry,
        permission::{Manager, Principal},
    },
    error::{Error, Result},
    store::{self, application::place},
};

pub async fn run(app: &App, manager: &Manager, lead: LeadId) -> Result<Application> {
    let (keyring, now, member) = (app.keyring.clone(), app.clock.now(), Principal::clone(manager));
    app.db
        .write(Scope::Org(manager.org), move |tx| {
            Box::pin(async move {
                let org = member.org;
                store::lead::exists(tx, org, lead).await?;
                let sealed = store::application::fields(tx, org, lead).await?;
                let key = keyring.of_lead(tx, org, lead).await?;
                let mut fields = BTreeMap::new();
                for (field, sealed) in sealed {
                    let key = key.as_ref().ok_or(Error::NotFound)?;
                    let value = key.open(place(org, lead, field), &sealed)?;
                    fields.insert(field, value.expose_secret().to_owned().into());
                }
                let entry = Entry::new(AuditAction::ApplicationRead, member.actor()).on(lead);
                store::audit::append(tx, org, now, entry).await?;
                Ok(Application { fields })
            })
        })
        .await
}
