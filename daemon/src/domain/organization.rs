//! An organization's key inside the installation.

/// The small integer in every row of an organization. Outside it is known by its public id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrgKey(i64);

impl OrgKey {
    /// What belongs to the installation and to no organization.
    pub const INSTALLATION: Self = Self(0);

    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    pub const fn number(self) -> i64 {
        self.0
    }
}
