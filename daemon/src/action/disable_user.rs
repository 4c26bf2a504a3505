//! A person is shut out of the installation.

use lotline_common::api::turn::Author;

use super::add_user::changed;
use crate::{
    app::App,
    db::{DbError, Scope},
    domain::account,
    error::{Error, Result},
    store,
};

/// Shuts a person out everywhere; their sessions and streams end.
pub async fn run(app: &App, email: &str, by: Author) -> Result<()> {
    let email = account::email(email).ok_or(Error::NotFound)?;
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let user = store::user::find_by_email(tx, &email).await?.ok_or(DbError::NotFound)?;
                store::user::disable(tx, user.id, now).await?;
                store::session::revoke_others(tx, user.id, None, now, "disabled").await?;
                for place in store::member::places(tx, user.id).await? {
                    let event = changed(user.id, by.clone());
                    store::event::append(tx, place.organization.key, now, event).await?;
                }
                Ok(())
            })
        })
        .await
        .map_err(|error: DbError| error.into())
}
