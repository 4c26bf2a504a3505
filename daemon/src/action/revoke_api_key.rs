//! A key ends, and with it the event streams that it opened.

use lotline_common::{ApiKeyId, api::audit::AuditAction};

use crate::{
    app::App,
    db::{DbError, Scope},
    domain::{audit::Entry, permission::Admin},
    error::{Error, Result},
    store,
};

pub async fn run(app: &App, admin: &Admin, id: ApiKeyId) -> Result<()> {
    let (org, by, now) = (admin.org, admin.actor(), app.clock.now());
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                store::api_key::revoke(tx, org, id, now).await?;
                store::audit::append(tx, org, now, Entry::new(AuditAction::ApiKeyRevoked, by).on(id)).await
            })
        })
        .await
        .map_err(|error: DbError| Error::from(error))
}
