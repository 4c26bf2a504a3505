//! A key ends, and with it the event streams that it opened.

use lotline_common::ApiKeyId;

use crate::{
    app::App,
    db::{DbError, Scope},
    domain::permission::Admin,
    error::{Error, Result},
    store,
};

pub async fn run(app: &App, admin: &Admin, id: ApiKeyId) -> Result<()> {
    let (org, now) = (admin.org, app.clock.now());
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move { store::api_key::revoke(tx, org, id, now).await })
        })
        .await
        .map_err(|error: DbError| Error::from(error))
}
