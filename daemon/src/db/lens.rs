//! What a test holds between the statements of a transaction and the engine: it sees each, and may change it.
//!
//! So that a suite can ask of every predicate that names the organization what would be lost without it, in one build
//! and in one process. Without the feature `lens` there is nothing to hold: no field, no call, no way in.

use std::borrow::Cow;
#[cfg(feature = "lens")]
use std::sync::Arc;

/// Statements pass through it on their way to the engine. The default changes nothing.
#[derive(Clone, Default)]
pub struct Lens(#[cfg(feature = "lens")] Option<Arc<Look>>);

/// The statement to run in the place of one, or `None` for that one itself.
#[cfg(feature = "lens")]
type Look = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Lens {
    #[cfg(feature = "lens")]
    pub fn new(look: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(look)))
    }

    #[cfg(feature = "lens")]
    pub(super) fn through(&self, sql: Cow<'static, str>) -> Cow<'static, str> {
        self.0.as_ref().and_then(|look| look(&sql)).map_or(sql, Cow::Owned)
    }

    #[cfg(not(feature = "lens"))]
    #[expect(clippy::unused_self, reason = "there is nothing to look through")]
    pub(super) fn through(&self, sql: Cow<'static, str>) -> Cow<'static, str> {
        sql
    }
}
