//! What a committed transaction tells the rest of the process.

use std::sync::Arc;

use lotline_common::{At, event::Event};
use uuid::Uuid;

use crate::domain::{organization::OrgKey, usage::Usage};

/// One fact of a commit. Collected while a transaction runs, told only after its commit.
#[derive(Debug, Clone)]
pub enum Committed {
    /// An event was appended; streams show it.
    Event(OrgKey, Box<Event>),
    /// A job may run at this moment; the runner wakes.
    Job(At),
    /// Another daemon appended events: of this organization, or who knows of which.
    Elsewhere(Option<OrgKey>),
    /// What an organization uses at another daemon, by that daemon's own word.
    Used(OrgKey, Uuid, Usage),
    /// Numbers, carrier accounts or agent profiles changed; caches of them are stale.
    Directory,
    /// Sessions or memberships changed; the session check must look again.
    Sessions,
}

/// Hears of every commit, in commit order. Must be quick: on SQLite the next batch waits.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(Vec<Committed>) + Send + Sync>);

impl Listener {
    pub fn new(hear: impl Fn(Vec<Committed>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    /// For commands that change a database and end.
    pub fn deaf() -> Self {
        Self::new(|_| {})
    }

    pub(super) fn tell(&self, committed: Vec<Committed>) {
        if !committed.is_empty() {
            (self.0)(committed);
        }
    }
}
