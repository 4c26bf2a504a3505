//! What an organization is called, where it is, and whether everybody in it needs a second factor.

use lotline_common::api::{audit::AuditAction, auth::Organization, organization::EditOrganization};

use super::create_organization;
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{account, audit::Entry, permission::Admin},
    error::{Error, Result},
    store,
};

pub async fn run(app: &App, admin: &Admin, wish: EditOrganization) -> Result<Organization> {
    let wish = check(wish)?;
    let (org, user, by, now) = (admin.org, admin.user, admin.actor(), app.clock.now());
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                store::organization::hold(tx, org).await?;
                let mut organization = store::organization::find(tx, org).await?.public;
                if wish.require_totp == Some(true) && !organization.require_totp {
                    has_totp(tx, user).await?;
                }
                organization.name = wish.name.unwrap_or(organization.name);
                organization.time_zone = wish.time_zone.unwrap_or(organization.time_zone);
                organization.address_state = wish.address_state.unwrap_or(organization.address_state);
                organization.require_totp = wish.require_totp.unwrap_or(organization.require_totp);
                store::organization::update(tx, org, &organization).await?;
                let entry = Entry::new(AuditAction::OrganizationChanged, by).on(organization.id);
                let entry = entry.with("require_totp", organization.require_totp);
                store::audit::append(tx, org, now, entry).await?;
                Ok(organization)
            })
        })
        .await
}

/// Whoever demands it goes first; otherwise the demand would shut them out with everybody else.
async fn has_totp(tx: &mut Tx, user: lotline_common::UserId) -> Result<()> {
    if store::totp::find(tx, user).await?.totp_confirmed_at.is_some() {
        return Ok(());
    }
    Err(Error::conflict("totp_first", "Set up a second factor of your own before you ask everybody for one."))
}

fn check(mut wish: EditOrganization) -> Result<EditOrganization> {
    if let Some(name) = &wish.name {
        let name = account::name(name)
            .ok_or_else(|| Error::invalid("name", "must be 1 to 100 characters of plain text"))?;
        wish.name = Some(name);
    }
    if let Some(zone) = &wish.time_zone {
        create_organization::zone("time_zone", zone)?;
    }
    if let Some(Some(state)) = &wish.address_state {
        let state = account::state(state)
            .ok_or_else(|| Error::invalid("address_state", "must be a state in two letters, like CO"))?;
        wish.address_state = Some(Some(state));
    }
    Ok(wish)
}
