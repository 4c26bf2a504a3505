//! A request that is to be done once, however often it is sent.

use lotline_common::UserId;

use super::organization::OrgKey;

/// Who asked for what under which `Idempotency-Key`. Keys of different people never meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    pub org: OrgKey,
    pub user: UserId,
    pub key: String,
    /// A number that another request does not have.
    pub request: Vec<u8>,
}
