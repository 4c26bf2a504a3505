//! Somebody is invited into an organization: one address, one role, one use, for a few days.

use std::time::Duration;

use lotline_common::{
    At, InviteId, UserId,
    api::{
        audit::AuditAction,
        invite::{Invite, InviteLink, NewInvite, OpenInvite},
    },
};
use secrecy::ExposeSecret;

use super::do_once;
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        account,
        audit::{Actor, Entry},
        once::Once,
        organization::OrgKey,
        permission::{Manager, may_invite},
    },
    error::{Error, Result},
    limits, opaque, store,
};

const NO_LINK: &str =
    "server.public_url is not set, so nobody knows under which address this daemon is reached.";
const DAY: Duration = Duration::from_hours(24);

/// A manager invites those who talk to customers, an admin anybody.
pub async fn run(app: &App, manager: &Manager, asked: Invite) -> Result<NewInvite> {
    if !may_invite(manager.role, asked.role) {
        return Err(Error::Forbidden);
    }
    by(app, manager.org, Some(manager.user), asked, manager.actor(), manager.once.clone()).await
}

/// The same in the name of a member, or of whoever runs the installation.
pub async fn by(
    app: &App,
    org: OrgKey,
    inviter: Option<UserId>,
    asked: Invite,
    actor: Actor,
    once: Option<Once>,
) -> Result<NewInvite> {
    let email =
        account::email(&asked.email).ok_or_else(|| Error::invalid("email", "must be an e-mail address"))?;
    let days = asked.expires_in_days.unwrap_or(limits::INVITE_DAYS);
    if !(1..=limits::INVITE_DAYS_MOST).contains(&days) {
        return Err(Error::invalid("expires_in_days", "must be 1 to 30 days"));
    }
    let (token, now) = (opaque::token()?, app.clock.now());
    let hash = opaque::hash(token.expose_secret());
    let invite = OpenInvite {
        id: InviteId::new(),
        email,
        role: asked.role,
        invited_by: inviter,
        created_at: now,
        expires_at: now + DAY * days,
    };
    let link = app
        .config
        .public("")
        .map(|server| InviteLink { server, token: token.expose_secret().to_owned() }.to_string());
    do_once::run(app, Scope::Org(org), once, move |tx| {
        Box::pin(async move {
            store::organization::hold(tx, org).await?;
            admit(tx, org, &invite.email, now).await?;
            store::invite::insert(tx, org, &invite, hash).await?;
            let entry = Entry::new(AuditAction::InviteCreated, actor).on(invite.id);
            store::audit::append(tx, org, now, entry.with("role", invite.role.as_str())).await?;
            let link_missing = link.is_none().then(|| NO_LINK.to_owned());
            Ok(NewInvite { invite, token: token.expose_secret().to_owned(), link, link_missing })
        })
    })
    .await
}

/// One invite for one address, and none for a member. Whether somebody has an account elsewhere is not told.
async fn admit(tx: &mut Tx, org: OrgKey, email: &str, now: At) -> Result<()> {
    if store::member::all(tx, org).await?.iter().any(|member| member.email == email) {
        return Err(Error::conflict("already_member", "This person is a member, perhaps a disabled one."));
    }
    let open = store::invite::open(tx, org, now).await?;
    if let Some(other) = open.iter().find(|invite| invite.email == email) {
        return Err(Error::Conflict {
            code: "invite_exists",
            title: "This person has an open invite; withdraw it first.",
            existing: Some(other.id.to_string()),
        });
    }
    if open.len() >= limits::OPEN_INVITES {
        return Err(Error::conflict("too_many_invites", "There are too many open invites; withdraw some."));
    }
    Ok(())
}
