//! A key with which another program acts for the member who made it.

use std::time::Duration;

use lotline_common::{
    ApiKeyId,
    api::{
        api_key::{ApiKey, KeyScope, MakeApiKey, NewApiKey},
        audit::AuditAction,
    },
};
use secrecy::ExposeSecret;

use super::do_once;
use crate::{
    app::App,
    db::Scope,
    domain::{
        account,
        audit::{Actor, Entry},
        permission::{Admin, Person, key_role},
    },
    error::{Error, Result},
    limits, opaque, store,
};

const DAY: Duration = Duration::from_hours(24);

/// An admin makes one, in person: a key cannot make keys, or it would never expire.
pub async fn run(app: &App, admin: &Admin, person: &Person, asked: MakeApiKey) -> Result<NewApiKey> {
    let name = account::name(&asked.name)
        .ok_or_else(|| Error::invalid("name", "must be 1 to 100 characters of plain text"))?;
    let days = asked.expires_in_days.unwrap_or(limits::API_KEY_DAYS);
    if !(1..=limits::API_KEY_DAYS_MOST).contains(&days) {
        return Err(Error::invalid("expires_in_days", "must be 1 to 366 days"));
    }
    let (org, id, by, now) = (admin.org, ApiKeyId::new(), admin.actor(), app.clock.now());
    let text = opaque::key(id)?;
    let hash = opaque::hash(text.expose_secret());
    let key = ApiKey {
        id,
        name,
        role: key_role(asked.role, admin.role),
        scopes: asked.scopes.map(narrowed).transpose()?,
        made_by: person.user,
        created_at: now,
        expires_at: now + DAY * days,
        last_used_at: None,
    };
    do_once::run(app, Scope::Org(org), admin.once.clone(), move |tx| {
        Box::pin(async move {
            if store::api_key::list(tx, org, now).await?.len() >= limits::API_KEYS {
                return Err(Error::conflict("too_many_keys", "There are too many keys; revoke some."));
            }
            store::api_key::insert(tx, org, &key, hash).await?;
            store::audit::append(tx, org, now, told(&key, by)).await?;
            Ok(NewApiKey { api_key: key, key: text.expose_secret().to_owned() })
        })
    })
    .await
}

/// In one order, each once.
fn narrowed(mut scopes: Vec<KeyScope>) -> Result<Vec<KeyScope>> {
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(Error::invalid(
            "scopes",
            "name one or more; without the field the key may all that its role may",
        ));
    }
    Ok(scopes)
}

fn told(key: &ApiKey, by: Actor) -> Entry {
    let entry = Entry::new(AuditAction::ApiKeyCreated, by).on(key.id).with("role", key.role.as_str());
    match &key.scopes {
        Some(scopes) => entry.with("scopes", scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>()),
        None => entry,
    }
}
