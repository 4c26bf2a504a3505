//! Does what a request asks for, unless the same request was done before: then its answer is given again.
//!
//! The key, the effect and the answer are one transaction: whatever crashes, all three are there or none. Who comes
//! with the same key meanwhile waits for that transaction and is given its answer. A failure did nothing and is not
//! kept.

use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    app::App,
    db::{Scope, Tx},
    domain::once::Once,
    error::{Error, Result},
    limits,
    seal::Sealer,
    store::idempotency_key::{self, Answered},
};

/// Runs `work` in a transaction; without a key that is all.
pub async fn run<T, F>(app: &App, scope: Scope, once: Option<Once>, work: F) -> Result<T>
where
    T: Serialize + DeserializeOwned + Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T>> + Send + 'static,
{
    let Some(once) = once else {
        return app.db.write(scope, work).await;
    };
    let (keyring, now) = (app.keyring.clone(), app.clock.now());
    let forgotten = now - limits::ANSWERS_KEPT;
    app.db
        .write(scope, move |tx| {
            Box::pin(async move {
                let Some(id) = idempotency_key::take(tx, &once, now, forgotten).await? else {
                    let earlier = idempotency_key::answered(tx, &once, forgotten).await?;
                    let opener = keyring.of(tx, once.org).await?;
                    return again(&opener, &once, &earlier.ok_or(Error::NotFound)?);
                };
                let answer = work(tx).await?;
                let sealed = seal(&keyring.sealer(tx, once.org, now).await?, &once, id, &answer)?;
                idempotency_key::answer(tx, once.org, id, sealed).await?;
                Ok(answer)
            })
        })
        .await
}

/// What was answered before, for work that looks at things before its transaction and would find them done.
pub async fn earlier<T: DeserializeOwned>(app: &App, scope: Scope, once: Option<&Once>) -> Result<Option<T>> {
    let Some(once) = once else { return Ok(None) };
    let mut tx = app.db.read(scope).await?;
    let forgotten = app.clock.now() - limits::ANSWERS_KEPT;
    let earlier = idempotency_key::answered(&mut tx, once, forgotten).await?;
    let opener = app.keyring.of(&mut tx, once.org).await?;
    earlier.map(|earlier| again(&opener, once, &earlier)).transpose()
}

fn again<T: DeserializeOwned>(sealer: &Sealer, once: &Once, earlier: &Answered) -> Result<T> {
    if earlier.request != once.request {
        return Err(Error::conflict(
            "idempotency_mismatch",
            "This Idempotency-Key was used for another request; make a new one.",
        ));
    }
    let place = idempotency_key::place(once.org, earlier.id);
    let answer = sealer.open(place, &earlier.answer).map_err(Error::internal)?;
    serde_json::from_str(answer.expose_secret()).map_err(Error::internal)
}

fn seal<T: Serialize>(sealer: &Sealer, once: &Once, id: Uuid, answer: &T) -> Result<Vec<u8>> {
    let answer = SecretString::from(serde_json::to_string(answer).map_err(Error::internal)?);
    sealer.seal(idempotency_key::place(once.org, id), &answer).map_err(Error::internal)
}
