//! The right to go on listening.

use futures::future::BoxFuture;
use lotline_common::{SessionId, UserId};

use crate::domain::organization::OrgKey;

/// Who listens, as far as the right to listen goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Listening {
    pub org: OrgKey,
    pub user: UserId,
    pub session: SessionId,
}

/// Says who may no longer listen.
pub trait Standing: Send + Sync + 'static {
    /// Those of `listening` whose session, account or membership has ended. Asked once a beat for all streams.
    fn ended<'a>(&'a self, listening: &'a [Listening]) -> BoxFuture<'a, Vec<Listening>>;
}
