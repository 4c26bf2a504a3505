//! Keys are changed: the key file's, by sealing the data keys anew; an organization's, by sealing all it has anew.
//!
//! Every step is a transaction that leaves each value openable, and is found undone or done by whoever comes next: a
//! rotation that was killed goes on where it was.

use lotline_common::{At, api::audit::AuditAction};

use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        audit::{Actor, Entry},
        organization::OrgKey,
    },
    error::{Error, Result},
    keyring::Keyring,
    store::{self, sealed::COLUMNS},
};

/// Values sealed anew in one transaction.
const BATCH: i64 = 100;

/// Everything that an earlier key file sealed is sealed by the one of now; how many values. After it the previous key
/// file can go.
pub async fn run(app: &App) -> Result<usize> {
    let organizations = store::organization::all(&mut app.db.read(Scope::System).await?).await?;
    let mut changed = 0;
    for organization in organizations {
        changed += finish(app, organization.key).await?;
    }
    let keys = store::data_key::all(&mut app.db.read(Scope::System).await?).await?;
    for key in keys.into_iter().filter(|key| !app.keyring.is_current(key)) {
        let key = app.keyring.reseal(&key)?;
        app.db
            .write(Scope::System, move |tx| Box::pin(async move { store::data_key::reseal(tx, key).await }))
            .await?;
        changed += 1;
    }
    Ok(changed)
}

/// An organization gets a new data key; how many values were sealed anew. A change that is under way is finished
/// instead of beginning another.
pub async fn of_organization(app: &App, org: OrgKey, by: Actor) -> Result<usize> {
    let (keyring, now) = (app.keyring.clone(), app.clock.now());
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                let keys = store::data_key::lock(tx, org).await?;
                if keys.len() < 2 {
                    let newest = keys.first().map_or(0, |key| key.generation);
                    let next = keyring.generation(org, newest + 1)?;
                    store::data_key::insert(tx, next, now).await?;
                    store::audit::append(tx, org, now, Entry::new(AuditAction::KeysRotated, by)).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await?;
    finish(app, org).await
}

/// Organizations whose secrets the key file itself sealed get their data key, and a change that was killed is finished.
pub async fn begin(app: &App) -> Result<()> {
    let unfinished = store::data_key::unfinished(&mut app.db.read(Scope::System).await?).await?;
    for org in unfinished {
        if let Err(error) = finish(app, org).await {
            tracing::error!(%error, organization = org.number(), "secrets could not be sealed anew");
        }
    }
    Ok(())
}

/// What older keys of an organization sealed is sealed by its newest, then the older keys go. Nothing to do where
/// nothing is sealed.
pub async fn finish(app: &App, org: OrgKey) -> Result<usize> {
    let mut changed = 0;
    loop {
        let (keyring, now) = (app.keyring.clone(), app.clock.now());
        let step = app
            .db
            .write(Scope::System, move |tx| Box::pin(async move { batch(tx, &keyring, org, now).await }));
        match step.await? {
            0 => return Ok(changed),
            some => changed += some,
        }
    }
}

/// Seals up to a batch anew. When nothing was left under a lock that keeps everybody from sealing, the older keys go.
async fn batch(tx: &mut Tx, keyring: &Keyring, org: OrgKey, now: At) -> Result<usize> {
    let keys = store::data_key::lock(tx, org).await?;
    let opener = keyring.opener(&keys)?;
    // Without a data key, whatever there is was sealed by the key file itself.
    let nothing = if keys.is_empty() { Vec::new() } else { opener.key_id()? };
    let mut sealer = None;
    for &column in COLUMNS {
        let rows = store::sealed::under_another(tx, org, column, nothing.clone(), BATCH).await?;
        if rows.is_empty() {
            continue;
        }
        let sealer = match &sealer {
            Some(sealer) => sealer,
            None => sealer.insert(keyring.sealer(tx, org, now).await?),
        };
        let count = rows.len();
        for (row, before) in rows {
            let place = column.place(org, row);
            let opened = sealer.open(place, &before).map_err(|error| {
                Error::internal(format!("{}.{} of {row}: {error}", column.table, column.column))
            })?;
            let after = sealer.seal(place, &opened)?;
            store::sealed::replace(tx, org, column, row, (before, after)).await?;
        }
        return Ok(count);
    }
    if let Some(newest) = keys.first() {
        store::data_key::remove_before(tx, org, newest.generation).await?;
    }
    Ok(0)
}
