//! The right to go on listening.

use futures::future::BoxFuture;

use crate::{
    clock::Clock,
    db::{Db, Scope},
    error::Result,
    store::standing::{self, Listening},
};

/// Says who may no longer listen.
pub trait Standing: Send + Sync + 'static {
    /// Those of `listening` whose session, account or membership has ended. Asked once a beat for all streams.
    fn ended<'a>(&'a self, listening: &'a [Listening]) -> BoxFuture<'a, Result<Vec<Listening>>>;
}

/// Standing as the tables have it at the moment of the question.
pub struct Tables {
    pub db: Db,
    pub clock: Clock,
}

impl Standing for Tables {
    fn ended<'a>(&'a self, listening: &'a [Listening]) -> BoxFuture<'a, Result<Vec<Listening>>> {
        Box::pin(async move {
            let mut tx = self.db.read(Scope::System).await?;
            Ok(standing::ended(&mut tx, listening, self.clock.now()).await?)
        })
    }
}
