//! A member gets another role, or is shut out and let in again.

use lotline_common::{
    At, UserId,
    api::{
        audit::AuditAction,
        auth::Role,
        organization::{EditMember, Member},
    },
};

use super::add_user::changed;
use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    domain::{
        audit::{Actor, Entry},
        organization::OrgKey,
        permission::Admin,
    },
    error::{Error, Result},
    store::{self, member::MemberRow},
};

const SHUT_OUT: Error = Error::conflict(
    "account_disabled",
    "Whoever runs this installation shut the account out; only they can let it in again.",
);

pub async fn run(app: &App, admin: &Admin, member: UserId, wish: EditMember) -> Result<Member> {
    let (org, by, now) = (admin.org, admin.actor(), app.clock.now());
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                store::organization::hold(tx, org).await?;
                let before = store::member::find(tx, org, member).await?.ok_or(Error::NotFound)?;
                if before.shut_out && wish.disabled == Some(false) {
                    return Err(SHUT_OUT);
                }
                let role = wish.role.unwrap_or(before.public.role);
                let closed = wish.disabled.unwrap_or(before.closed);
                if (role, closed) == (before.public.role, before.closed) {
                    return Ok(before.public);
                }
                if closed || role != Role::Admin {
                    keep_an_admin(tx, org, member).await?;
                }
                store::member::change(tx, org, member, role, closed.then_some(now)).await?;
                if closed {
                    end(tx, org, member, now).await?;
                }
                store::event::append(tx, org, now, changed(member, by.author()))?;
                tell(tx, org, now, by, &before, (role, closed)).await?;
                let after = store::member::find(tx, org, member).await?.ok_or(Error::NotFound)?;
                Ok(after.public)
            })
        })
        .await
}

/// A line for a role and one for a place that was closed or opened.
async fn tell(
    tx: &mut Tx,
    org: OrgKey,
    now: At,
    by: Actor,
    before: &MemberRow,
    (role, closed): (Role, bool),
) -> Result<(), DbError> {
    let (member, was) = (before.public.id, before.public.role);
    if role != was {
        let entry = Entry::new(AuditAction::RoleChanged, by.clone()).on(member);
        let entry = entry.with("before", was.as_str()).with("after", role.as_str());
        store::audit::append(tx, org, now, entry).await?;
    }
    if closed != before.closed {
        let action = if closed { AuditAction::MemberDeactivated } else { AuditAction::MemberReactivated };
        store::audit::append(tx, org, now, Entry::new(action, by).on(member)).await?;
    }
    Ok(())
}

/// Refuses when `leaving` is the last admin who can sign in: nobody could let anybody in any more.
pub(super) async fn keep_an_admin(tx: &mut Tx, org: OrgKey, leaving: UserId) -> Result<()> {
    let members = store::member::list(tx, org).await?;
    let mut admins = members.iter().filter(|member| member.role == Role::Admin);
    if admins.clone().any(|admin| admin.id == leaving) && admins.all(|admin| admin.id == leaving) {
        return Err(Error::conflict("last_admin", "This is the last admin; make somebody else one first."));
    }
    Ok(())
}

/// What a person had in an organization ends with their place there.
pub(super) async fn end(tx: &mut Tx, org: OrgKey, member: UserId, now: At) -> Result<()> {
    store::session::revoke_in(tx, org, member, now, "membership_ended").await?;
    Ok(store::api_key::revoke_of(tx, org, member, now).await?)
}
