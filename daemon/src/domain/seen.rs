//! What of a thing its changer has seen.

/// The versions to which a change applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Whatever it is now.
    Any,
    OneOf(Vec<i64>),
}

impl Seen {
    pub fn is(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}
