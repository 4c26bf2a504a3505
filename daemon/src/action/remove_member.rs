//! A member leaves an organization. What they said and did stays theirs; only a new invite brings them back.

use lotline_common::{UserId, api::audit::AuditAction};

use super::{
    add_user::changed,
    edit_member::{end, keep_an_admin},
};
use crate::{
    app::App,
    db::Scope,
    domain::{audit::Entry, permission::Admin},
    error::{Error, Result},
    store,
};

pub async fn run(app: &App, admin: &Admin, member: UserId) -> Result<()> {
    let (org, by, now) = (admin.org, admin.actor(), app.clock.now());
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                store::organization::hold(tx, org).await?;
                store::member::find(tx, org, member).await?.ok_or(Error::NotFound)?;
                keep_an_admin(tx, org, member).await?;
                end(tx, org, member, now).await?;
                store::member::remove(tx, org, member).await?;
                store::event::append(tx, org, now, changed(member, by.author()))?;
                let entry = Entry::new(AuditAction::MemberRemoved, by).on(member);
                store::audit::append(tx, org, now, entry).await?;
                Ok(())
            })
        })
        .await
}
