//! A person who was shut out of the installation is let in again.

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

/// Opens what `disable_user` closed; was it closed? What an organization closed stays closed.
pub async fn run(app: &App, email: &str, by: Actor) -> Result<bool> {
    let email = account::email(email).ok_or(Error::NotFound)?;
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let user = store::user::find_by_email(tx, &email).await?.ok_or(DbError::NotFound)?;
                if !store::user::enable(tx, user.id).await? {
                    return Ok(false);
                }
                store::event::append_everywhere(tx, user.id, now, &changed(user.id, by.author())).await?;
                let entry = Entry::new(AuditAction::PersonEnabled, by).on(user.id);
                store::audit::append_everywhere(tx, user.id, now, &entry).await?;
                Ok(true)
            })
        })
        .await
        .map_err(|error: DbError| error.into())
}
