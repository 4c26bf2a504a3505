//! The contract between the daemon and everything that talks to it.
//!
//! Ids, times, phone numbers, events and the bodies of the HTTP API; with feature `client` the typed calls and the
//! resuming event stream, with feature `sql` how the values are stored, with feature `openapi` how they are described. No
//! I/O without a feature.

#[macro_use]
mod text_enum;

pub mod api;
#[cfg(feature = "client")]
pub mod client;
pub mod event;
pub mod id;
#[cfg(feature = "openapi")]
mod openapi;
pub mod page;
pub mod phone;
pub mod plain;
pub mod problem;
pub mod sms;
#[cfg(feature = "sql")]
mod sql;
#[cfg(feature = "client")]
pub mod stream;
pub mod time;

pub use id::{
    AgentProfileId, CallId, CarrierAccountId, DraftId, Id, JobId, LeadId, OrganizationId, PhoneNumberId,
    ReceiptId, SessionId, TurnId, UserId,
};
pub use page::Page;
pub use phone::PhoneNumber;
pub use problem::Problem;
pub use time::At;
