//! An organization's carrier account: checked, sealed, and put in the place of the one before.

use lotline_common::{
    CarrierAccountId,
    api::{
        audit::AuditAction,
        organization::{Carrier, SetCarrier},
    },
};
use secrecy::SecretString;

use super::watch_vendor;
use crate::{
    app::App,
    db::{Committed, Scope},
    domain::{
        audit::{Actor, Entry},
        breaker::Vendor,
        organization::OrgKey,
    },
    error::{Error, Result},
    seal::Sealer,
    store::{
        self,
        carrier_account::{SealedAccount, place},
    },
};

const LONGEST_SECRET: usize = 256;

pub async fn run(app: &App, org: OrgKey, asked: SetCarrier, by: Actor) -> Result<Carrier> {
    check(&asked)?;
    let (keyring, now) = (app.keyring.clone(), app.clock.now());
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                let account = seal(&keyring.sealer(tx, org, now).await?, org, asked)?;
                let shown = public(&account);
                let entry = Entry::new(AuditAction::CarrierSet, by).on(account.id);
                let entry = entry.with("account_sid", shown.account_sid.as_str());
                watch_vendor::forgive(tx, org, Vendor::Carrier, now).await?;
                store::organization::hold(tx, org).await?;
                store::carrier_account::replace(tx, org, account, now).await?;
                store::audit::append(tx, org, now, entry).await?;
                tx.tell(Committed::Directory);
                Ok(shown)
            })
        })
        .await
}

/// What may be told of an account.
pub fn public(account: &SealedAccount) -> Carrier {
    Carrier {
        provider: account.provider,
        account_sid: account.account_sid.clone(),
        api_key_sid: account.api_key_sid.clone(),
        has_secondary_token: account.auth_token_secondary.is_some(),
        answers_keywords: account.answers_keywords,
    }
}

fn check(asked: &SetCarrier) -> Result<()> {
    if !is_sid(&asked.account_sid, "AC") {
        return Err(Error::invalid("account_sid", "must be AC and 32 hexadecimal digits"));
    }
    if !is_secret(&asked.auth_token) {
        return Err(Error::invalid("auth_token", "must be the account's auth token"));
    }
    for (field, secret) in
        [("auth_token_secondary", &asked.auth_token_secondary), ("api_key_secret", &asked.api_key_secret)]
    {
        if secret.as_deref().is_some_and(|secret| !is_secret(secret)) {
            return Err(Error::invalid(field, "must not be empty or hold spaces"));
        }
    }
    if asked.api_key_sid.as_deref().is_some_and(|sid| !is_sid(sid, "SK")) {
        return Err(Error::invalid("api_key_sid", "must be SK and 32 hexadecimal digits"));
    }
    match (&asked.api_key_sid, &asked.api_key_secret) {
        (Some(_), None) => Err(Error::invalid("api_key_secret", "is needed with api_key_sid")),
        (None, Some(_)) => Err(Error::invalid("api_key_sid", "is needed with api_key_secret")),
        _ => Ok(()),
    }
}

fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_secret(text: &str) -> bool {
    (1..=LONGEST_SECRET).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

fn seal(sealer: &Sealer, org: OrgKey, asked: SetCarrier) -> Result<SealedAccount> {
    let id = CarrierAccountId::new();
    let seal = |column, secret: String| sealer.seal(place(org, id, column), &SecretString::from(secret));
    let seal_if = |column, secret: Option<String>| secret.map(|secret| seal(column, secret)).transpose();
    Ok(SealedAccount {
        organization_id: org.number(),
        id,
        provider: asked.provider,
        account_sid: asked.account_sid,
        auth_token: seal("auth_token", asked.auth_token)?,
        auth_token_secondary: seal_if("auth_token_secondary", asked.auth_token_secondary)?,
        api_key_sid: asked.api_key_sid,
        api_key_secret: seal_if("api_key_secret", asked.api_key_secret)?,
        answers_keywords: asked.answers_keywords,
    })
}
