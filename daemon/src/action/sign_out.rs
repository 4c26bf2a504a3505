//! A session ends, and with it its refresh tokens and event streams.

use crate::{
    app::App,
    db::{DbError, Scope},
    domain::permission::Entrant,
    error::Result,
    store,
};

pub async fn run(app: &App, entrant: &Entrant) -> Result<()> {
    let (session, now) = (entrant.session, app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move { store::session::revoke(tx, session, now, "signed_out").await })
        })
        .await
        .map_err(|error: DbError| error.into())
}
