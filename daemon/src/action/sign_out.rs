//! A session ends, and with it its refresh tokens and event streams.

use lotline_common::api::audit::AuditAction;

use crate::{
    app::App,
    db::{DbError, Scope},
    domain::{audit::Entry, permission::Entrant},
    error::Result,
    store,
};

pub async fn run(app: &App, entrant: &Entrant) -> Result<()> {
    let (session, org, by, now) = (entrant.session, entrant.org, entrant.actor(), app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                store::session::revoke(tx, session, now, "signed_out").await?;
                store::audit::append(tx, org, now, Entry::new(AuditAction::SignedOut, by).on(session)).await
            })
        })
        .await
        .map_err(|error: DbError| error.into())
}
