//! An invite is used up: whoever it is for becomes a member, and nobody else does.

use lotline_common::{
    At, OrganizationId,
    api::{audit::AuditAction, invite::ShownInvite, organization::Member},
};

use super::add_user::changed;
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        audit::{Actor, Entry},
        organization::OrgKey,
        permission::may_invite,
    },
    error::{Error, Result},
    store::{self, invite::FoundInvite, user::UserRow},
};

/// No invite, or another person's: a link that went astray does not tell its finder for whom it was.
const INVALID: Error = Error::Closed {
    code: "invite_invalid",
    title: "This is no invite for this e-mail address; check the link and the address, or ask for a new one.",
};
const USED: Error = Error::Closed {
    code: "invite_used",
    title: "This invite was used already; sign in, or ask for a new one.",
};
const REVOKED: Error =
    Error::Closed { code: "invite_revoked", title: "This invite was withdrawn; ask for a new one." };
const EXPIRED: Error =
    Error::Closed { code: "invite_expired", title: "This invite has expired; ask for a new one." };

/// What the invite with this hash is for, if it can be used now.
pub async fn show(app: &App, hash: &[u8]) -> Result<ShownInvite> {
    let mut tx = app.db.read(Scope::System).await?;
    let invite = store::invite::find_by_hash(&mut tx, hash).await?.ok_or(INVALID)?;
    check(&mut tx, &invite, app.clock.now()).await?;
    let organization = store::organization::find(&mut tx, OrgKey::new(invite.organization_id)).await?;
    Ok(ShownInvite {
        organization: organization.public.name,
        role: invite.role,
        expires_at: invite.expires_at,
    })
}

/// The invite with this hash, if the owner of `email` may use it now.
pub(super) async fn find(tx: &mut Tx, hash: &[u8], email: &str, now: At) -> Result<FoundInvite> {
    let found = store::invite::find_by_hash(tx, hash).await?;
    let invite = found.filter(|invite| invite.email == email).ok_or(INVALID)?;
    check(tx, &invite, now).await?;
    Ok(invite)
}

async fn check(tx: &mut Tx, invite: &FoundInvite, now: At) -> Result<()> {
    if invite.accepted_at.is_some() {
        return Err(USED);
    }
    if invite.revoked_at.is_some() {
        return Err(REVOKED);
    }
    if invite.expires_at <= now {
        return Err(EXPIRED);
    }
    // Who invited must still be able to: an invite does not outlive the power it came from.
    let Some(inviter) = invite.invited_by else { return Ok(()) };
    let inviter = store::member::find(tx, OrgKey::new(invite.organization_id), inviter).await?;
    let able = |member: Member| !member.disabled && may_invite(member.role, invite.role);
    if inviter.is_some_and(|inviter| able(inviter.public)) { Ok(()) } else { Err(REVOKED) }
}

/// Makes `user` a member. Somebody who is one already is refused, and the invite stays good.
pub(super) async fn redeem(
    tx: &mut Tx,
    hash: &[u8],
    user: &UserRow,
    by: &Actor,
    now: At,
) -> Result<OrganizationId> {
    let invite = find(tx, hash, &user.email, now).await?;
    let org = OrgKey::new(invite.organization_id);
    store::organization::hold(tx, org).await?;
    if !store::invite::accept(tx, org, invite.id, now).await? {
        return Err(USED);
    }
    if store::member::find(tx, org, user.id).await?.is_some() {
        return Err(Error::conflict("already_member", "You are a member of this organization already."));
    }
    store::member::set(tx, org, user.id, invite.role, now).await?;
    store::event::append(tx, org, now, changed(user.id, by.author()))?;
    let entry = Entry::new(AuditAction::InviteAccepted, by.clone()).on(invite.id);
    store::audit::append(tx, org, now, entry.with("role", invite.role.as_str())).await?;
    Ok(store::organization::find(tx, org).await?.public.id)
}
