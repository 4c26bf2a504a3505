//! A second factor is taken away by whoever runs the installation: the phone is lost, and the recovery codes too.

use lotline_common::api::audit::AuditAction;

use super::{by_system, raise_alert};
use crate::{
    app::App,
    db::{DbError, Scope},
    domain::audit::Entry,
    error::{Error, Result},
    store,
};

/// Every session of the person ends, since one of them may be the thief's.
pub async fn run(app: &App, email: &str) -> Result<()> {
    let (email, now) = (email.to_owned(), app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let user = store::user::find_by_email(tx, &email).await?.ok_or(DbError::NotFound)?;
                store::totp::remove(tx, user.id).await?;
                store::session::revoke_others(tx, user.id, None, now, "totp_reset").await?;
                raise_alert::raise(tx, user.id, "totp_reset", now).await?;
                let entry = Entry::new(AuditAction::TotpDisabled, by_system()).on(user.id);
                store::audit::append_everywhere(tx, user.id, now, &entry).await
            })
        })
        .await
        .map_err(Error::from)
}
