//! An invite is withdrawn before it is used.

use lotline_common::{InviteId, api::audit::AuditAction};

use crate::{
    app::App,
    db::Scope,
    domain::{
        audit::Entry,
        permission::{Manager, may_invite},
    },
    error::{Error, Result},
    store,
};

/// By whoever could have made it. One that cannot be used any more is absent.
pub async fn run(app: &App, manager: &Manager, id: InviteId) -> Result<()> {
    let (org, role, by, now) = (manager.org, manager.role, manager.actor(), app.clock.now());
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                let open = store::invite::open(tx, org, now).await?;
                let invite = open.into_iter().find(|invite| invite.id == id).ok_or(Error::NotFound)?;
                if !may_invite(role, invite.role) {
                    return Err(Error::Forbidden);
                }
                store::invite::revoke(tx, org, id, now).await?;
                let entry = Entry::new(AuditAction::InviteRevoked, by).on(id);
                Ok(store::audit::append(tx, org, now, entry).await?)
            })
        })
        .await
}
