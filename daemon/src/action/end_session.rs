//! Sessions of a person end: one that they name, or all but one.

use lotline_common::{SessionId, UserId};

use crate::{
    app::App,
    db::Scope,
    error::{Error, Result},
    store,
};

const BECAUSE: &str = "revoked";

/// Another person's session is an absent one.
pub async fn run(app: &App, user: UserId, session: SessionId) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let ended = store::session::revoke_own(tx, user, session, now, BECAUSE).await?;
                if ended { Ok(()) } else { Err(Error::NotFound) }
            })
        })
        .await
}

/// Every session of theirs but `keep`.
pub async fn others(app: &App, user: UserId, keep: Option<SessionId>) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move { Ok(store::session::revoke_others(tx, user, keep, now, BECAUSE).await?) })
        })
        .await
}
