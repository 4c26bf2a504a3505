//! How long an organization keeps what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

text_enum! {
    /// Each has a clock of its own: what one law wants gone, another wants proved.
    pub enum RecordClass {
        /// Words of messages, notes and drafts; that there was a message stays.
        Messages = "messages",
        /// The vaulted application, counted from the last message to or from the customer.
        Application = "application",
        /// Lines of the consent ledger that a newer one replaced. The newest for a phone always stays.
        Consents = "consents",
        /// Raw bodies of webhooks.
        Receipts = "receipts",
        Audit = "audit",
    }
}

/// One class: `GET /api/v1/retention` items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Clock {
    pub class: RecordClass,
    /// In effect now.
    pub days: u32,
    /// When the organization says nothing.
    pub default: u32,
    pub floor: u32,
    pub ceiling: u32,
}

/// `PUT /api/v1/retention` → 200, the list. An absent class stays, `null` is the default.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetRetention {
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<RecordClass, u32>))]
    pub days: BTreeMap<RecordClass, Option<u32>>,
}
