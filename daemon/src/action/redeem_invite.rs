//! An invite is used up: whoever it is for becomes a member, and nobody else does.

use lotline_common::{At, OrganizationId, api::audit::AuditAction};

use super::add_user::changed;
use crate::{
    db::Tx,
    domain::{
        audit::{Actor, Entry},
        organization::OrgKey,
        permission::may_invite,
    },
    error::{Error, Result},
    store::{self, invite::FoundInvite, user::UserRow},
};

/// One answer for all that is wrong with a token: a stranger learns neither who was invited nor by whom.
const INVALID: Error = Error::Closed {
    code: "invite_invalid",
    title: "This invite is not for this e-mail address, was used, was withdrawn or has expired; ask for a new one.",
};

/// The invite with this hash, if the owner of `email` may use it now.
pub(super) async fn find(tx: &mut Tx, hash: &[u8], email: &str, now: At) -> Result<FoundInvite> {
    let found = store::invite::find_by_hash(tx, hash, now).await?;
    let invite = found.filter(|invite| invite.email == email).ok_or(INVALID)?;
    // Who invited must still be able to: an invite does not outlive the power it came from.
    if let Some(inviter) = invite.invited_by {
        let inviter = store::member::find(tx, OrgKey::new(invite.organization_id), inviter).await?;
        let able = |role| may_invite(role, invite.role);
        if !inviter.is_some_and(|member| !member.disabled && able(member.role)) {
            return Err(INVALID);
        }
    }
    Ok(invite)
}

/// Makes `user` a member. Somebody who is one already keeps their role.
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
        return Err(INVALID);
    }
    if store::member::find(tx, org, user.id).await?.is_some() {
        return Err(Error::conflict("already_member", "You are a member of this organization already."));
    }
    store::member::set(tx, org, user.id, invite.role, now).await?;
    store::event::append(tx, org, now, changed(user.id, by.author())).await?;
    let entry = Entry::new(AuditAction::InviteAccepted, by.clone()).on(invite.id);
    store::audit::append(tx, org, now, entry.with("role", invite.role.as_str())).await?;
    Ok(store::organization::find(tx, org).await?.public.id)
}
