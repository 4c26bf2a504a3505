//! A database that somebody names for the demo must be empty: leads in it would be texted, to a simulated carrier.

use crate::{
    cli::{Done, failure::Failure},
    db::{Address, Db, DbError, Hold, Listener, Schema, Scope, pending},
    store,
    tasks::Tasks,
};

/// Refuses a database that holds an organization, that a daemon is at work on, or that another version made. Changes
/// nothing in one that it refuses.
pub(super) async fn check(url: &str) -> Done {
    let address = Address::from(url);
    if address.absent_file().map_err(explain)?.is_some() {
        return Ok(());
    }
    Db::refuse_if_served(&address).await.map_err(explain)?;
    let missing = pending(address.clone()).await.map_err(explain)?;
    if Schema::versions().iter().all(|version| missing.contains(version)) {
        return Ok(());
    }
    if !missing.is_empty() {
        return refuse("the database is not empty: another version of lotlined made it");
    }
    if has_organizations(address).await.map_err(explain)? {
        return refuse("the database holds an organization already");
    }
    Ok(())
}

async fn has_organizations(address: Address) -> Result<bool, DbError> {
    let db = Db::open(address, Hold::Command, &Tasks::new(), Listener::deaf()).await?;
    let any = store::organization::any(&mut db.read(Scope::System).await?).await;
    db.close().await;
    any
}

fn refuse(why: &str) -> Done {
    Err(Failure::usage(format!("{why}; a demo fills an empty database only, so name a new one")))
}

fn explain(error: DbError) -> Failure {
    match error {
        DbError::Refused(_) => Failure::usage(error.to_string()),
        DbError::Held(_) => Failure::Held(format!("{error}; a demo needs an empty database of its own")),
        other => other.into(),
    }
}
