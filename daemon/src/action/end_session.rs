//! Sessions of a person end: one that they name, or all but one.

use lotline_common::{SessionId, UserId, api::audit::AuditAction};

use crate::{
    app::App,
    db::Scope,
    domain::audit::{Actor, Entry},
    error::{Error, Result},
    store,
};

const BECAUSE: &str = "revoked";

/// Another person's session is an absent one.
pub async fn run(app: &App, user: UserId, session: SessionId, by: Actor) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let ended = store::session::revoke_own(tx, user, session, now, BECAUSE).await?;
                if !ended {
                    return Err(Error::NotFound);
                }
                let entry = Entry::new(AuditAction::SessionRevoked, by).on(session);
                Ok(store::audit::append_everywhere(tx, user, now, &entry).await?)
            })
        })
        .await
}

/// Every session of theirs but `keep`.
pub async fn others(app: &App, user: UserId, keep: Option<SessionId>, by: Actor) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                store::session::revoke_others(tx, user, keep, now, BECAUSE).await?;
                let entry = Entry::new(AuditAction::SessionRevoked, by).on(user);
                Ok(store::audit::append_everywhere(tx, user, now, &entry).await?)
            })
        })
        .await
}
