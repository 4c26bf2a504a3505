//! A piece of writing without its type: one queue and one task take every kind, and the program has the code once.

use std::any::Any;

use futures::future::BoxFuture;

use super::{DbError, Tx};

pub(super) type Outcome = Result<Box<dyn Any + Send>, Failure>;
pub(super) type Run = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Outcome> + Send>;

/// Why a piece of work was undone: its own error, or the database's.
pub(super) enum Failure {
    Own(Box<dyn Any + Send>),
    Db(DbError),
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// Hides what `work` gives; [`known`] shows it again.
pub(super) fn hidden<T, E, F>(work: F) -> Run
where
    T: Send + 'static,
    E: Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
{
    Box::new(move |tx: &mut Tx| {
        let future = work(tx);
        Box::pin(async move {
            match future.await {
                Ok(value) => Ok(Box::new(value) as Box<dyn Any + Send>),
                Err(error) => Err(Failure::Own(Box::new(error))),
            }
        })
    })
}

/// What a piece of work gave, which was [`hidden`] with the same types.
pub(super) fn known<T: 'static, E: From<DbError> + 'static>(outcome: Outcome) -> Result<T, E> {
    match outcome {
        Ok(value) => value.downcast::<T>().map(|value| *value).map_err(|_other_type| DbError::Stopped.into()),
        Err(Failure::Own(error)) => {
            Err(error.downcast::<E>().map_or_else(|_other_type| DbError::Stopped.into(), |error| *error))
        }
        Err(Failure::Db(error)) => Err(error.into()),
    }
}

/// All of it: the work, then what it deferred.
pub(super) async fn whole(tx: &mut Tx, run: Run) -> Outcome {
    let value = run(tx).await?;
    tx.finish().await?;
    Ok(value)
}
