//! The right to go on listening.

use futures::future::BoxFuture;
use lotline_common::UserId;

use crate::domain::{organization::OrgKey, permission::Credential};

/// Who listens, as far as the right to listen goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Listening {
    pub org: OrgKey,
    pub user: UserId,
    pub credential: Credential,
}

/// Says who may no longer listen.
pub trait Standing: Send + Sync + 'static {
    /// Those of `listening` whose session or key, account or membership has ended. Asked once a beat for all streams.
    fn ended<'a>(&'a self, listening: &'a [Listening]) -> BoxFuture<'a, Vec<Listening>>;
}
