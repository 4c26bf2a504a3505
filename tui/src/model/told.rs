//! What the daemon tells once: a link, a key, recovery codes.

use lotline_common::{At, secret::Secret};

use super::overlay::GUARD;

#[derive(Debug)]
pub struct Told {
    pub opened: At,
    pub title: &'static str,
    /// What it is for, and what to do with it.
    pub say: String,
    /// One a line; copied whole.
    pub lines: Vec<Secret>,
    pub copied: bool,
}

impl Told {
    /// Keys typed before it was on the screen must not close it.
    pub fn guarded(&self, now: At) -> bool {
        now < self.opened + GUARD
    }
}
