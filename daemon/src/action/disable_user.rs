//! A person is shut out of the installation.

use lotline_common::api::audit::AuditAction;

use super::add_user::changed;
use crate::{
    app::App,
    db::{DbError, Scope},
    domain::{
        account,
        audit::{Actor, Entry},
    },
    error::{Error, Result},
    store,
};

/// Shuts a person out everywhere; their sessions and streams end.
pub async fn run(app: &App, email: &str, by: Actor) -> Result<()> {
    let email = account::email(email).ok_or(Error::NotFound)?;
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let user = store::user::find_by_email(tx, &email).await?.ok_or(DbError::NotFound)?;
                store::user::disable(tx, user.id, now).await?;
                store::session::revoke_others(tx, user.id, None, now, "disabled").await?;
                store::event::append_everywhere(tx, user.id, now, &changed(user.id, by.author())).await?;
                let entry = Entry::new(AuditAction::PersonDisabled, by).on(user.id);
                store::audit::append_everywhere(tx, user.id, now, &entry).await?;
                Ok(())
            })
        })
        .await
        .map_err(|error: DbError| error.into())
}
