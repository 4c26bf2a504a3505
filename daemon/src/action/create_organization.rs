//! A new organization: its name, slug and time zone, checked; the row and its first admin, written.

use jiff::tz::TimeZone;
use lotline_common::{
    At, OrganizationId, UserId,
    api::{
        audit::AuditAction,
        auth::{NewOrganization, Organization, Role},
    },
};

use super::{
    add_user::{self, Added, Person},
    by_system, taken,
};
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        account,
        audit::{Actor, Entry},
        organization::OrgKey,
    },
    error::{Error, Result},
    store,
};

/// Adds an organization with its first admin, whatever sign-up allows.
pub async fn run(app: &App, asked: NewOrganization, admin: Person) -> Result<(Organization, Added)> {
    let planned = plan(asked)?;
    let (user, new) = add_user::find_or_plan(app, admin).await?;
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                store::organization::take_turns(tx).await?;
                add_user::write_user(tx, &user, new, now).await?;
                write(tx, &planned, user.id, now, by_system()).await?;
                Ok((planned, add_user::added(user, new)))
            })
        })
        .await
}

/// Checks what was asked for; fields are named as in the request of sign-up.
pub fn plan(asked: NewOrganization) -> Result<Organization> {
    let name = account::name(&asked.name)
        .ok_or_else(|| Error::invalid("organization.name", "must be 1 to 100 characters of plain text"))?;
    let slug = match asked.slug {
        Some(slug) => account::slug(&slug).ok_or_else(|| {
            Error::invalid(
                "organization.slug",
                "must be 2 to 60 lower-case letters and digits with single hyphens between",
            )
        })?,
        None => account::slug_of(&name)
            .ok_or_else(|| Error::invalid("organization.slug", "cannot be made from the name; give one"))?,
    };
    let time_zone = asked.time_zone.unwrap_or_else(|| "UTC".to_owned());
    zone("organization.time_zone", &time_zone)?;
    let id = OrganizationId::new();
    Ok(Organization { id, name, slug, time_zone, address_state: None, require_totp: false })
}

/// Refuses what is no time zone; `field` is how the request names it.
pub(super) fn zone(field: &'static str, name: &str) -> Result<()> {
    match TimeZone::get(name) {
        Ok(_) => Ok(()),
        Err(_unknown) => Err(Error::invalid(field, "must be an IANA time zone like America/Denver")),
    }
}

/// Writes a planned organization with its first admin. Callers take turns before.
pub(super) async fn write(
    tx: &mut Tx,
    planned: &Organization,
    admin: UserId,
    now: At,
    by: Actor,
) -> Result<OrgKey> {
    let collision = Error::conflict(
        "slug_taken",
        "An organization with this name exists; ask its admin for an account, or choose another slug.",
    );
    let key = store::organization::insert(tx, planned, now).await.map_err(|error| taken(error, collision))?;
    store::member::set(tx, key, admin, Role::Admin, now).await?;
    let created = Entry::new(AuditAction::OrganizationCreated, by.clone()).on(planned.id);
    store::audit::append(tx, key, now, created).await?;
    let added = Entry::new(AuditAction::MemberAdded, by).on(admin).with("role", Role::Admin.as_str());
    store::audit::append(tx, key, now, added).await?;
    tx.tell(crate::db::Committed::Directory);
    Ok(key)
}
