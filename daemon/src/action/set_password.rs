//! A new password, by whoever runs the installation.

use secrecy::SecretString;

use super::{by_system, change_password};
use crate::{
    app::App,
    db::Scope,
    error::{Error, Result},
    store,
};

/// Whoever runs the installation sets it; every session ends.
pub async fn run(app: &App, email: &str, new: SecretString) -> Result<()> {
    let mut tx = app.db.read(Scope::System).await?;
    let user = store::user::find_by_email(&mut tx, email).await?.ok_or(Error::NotFound)?;
    drop(tx);
    change_password::set(app, (user.id, &user.email), new, None, by_system()).await
}
