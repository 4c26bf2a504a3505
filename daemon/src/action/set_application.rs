//! What a customer told of themselves goes into the vault.

use std::collections::BTreeMap;

use lotline_common::{
    LeadId,
    api::{
        application::{ApplicationField, Completeness, SetApplication},
        audit::AuditAction,
    },
};
use secrecy::SecretString;

use crate::{
    app::App,
    db::Scope,
    domain::{
        application,
        audit::Entry,
        permission::{Manager, Principal},
    },
    error::{Error, Result},
    store::{self, application::place},
};

/// The audit log tells which fields were changed, never what stands in them.
pub async fn run(app: &App, manager: &Manager, lead: LeadId, wish: SetApplication) -> Result<Completeness> {
    let fields = check(wish)?;
    let (keyring, now, member) = (app.keyring.clone(), app.clock.now(), Principal::clone(manager));
    app.db
        .write(Scope::Org(manager.org), move |tx| {
            Box::pin(async move {
                let org = member.org;
                // Takes turns with an erasure: what it destroyed must not come back.
                store::thread::open(tx, org, lead).await?;
                let changed: Vec<&str> = fields.keys().map(|field| field.as_str()).collect();
                let entry = Entry::new(AuditAction::ApplicationChanged, member.actor()).on(lead);
                let entry = entry.with("fields", changed);
                let sealer = keyring.sealer_of_lead(tx, org, lead, now).await?;
                let (mut sealed, mut emptied) = (BTreeMap::new(), Vec::new());
                for (field, value) in fields {
                    match value {
                        Some(value) => {
                            drop(sealed.insert(field, sealer.seal(place(org, lead, field), &value)?))
                        }
                        None => emptied.push(field),
                    }
                }
                store::application::put(tx, org, lead, sealed, member.user, now).await?;
                store::application::empty(tx, org, lead, emptied).await?;
                store::audit::append(tx, org, now, entry).await?;
                Ok(Completeness::of(&store::application::filled(tx, org, lead).await?))
            })
        })
        .await
}

fn check(wish: SetApplication) -> Result<BTreeMap<ApplicationField, Option<SecretString>>> {
    let checked = wish.fields.into_iter().map(|(field, value)| {
        let value = value.map(|value| application::check(field, value.expose())).transpose();
        let value = value.map_err(|wrong| Error::invalid(format!("fields.{field}"), wrong))?;
        Ok((field, value.map(SecretString::from)))
    });
    checked.collect()
}
