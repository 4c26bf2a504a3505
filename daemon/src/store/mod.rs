//! The only place with SQL. `store::noun::verb(tx, …)`; every statement on tenant rows names its organization.

pub mod agent_profile;
pub mod alarm;
pub mod api_key;
pub mod application;
pub mod attempt;
pub mod audit;
pub mod carrier_account;
pub mod consent;
pub mod data_key;
pub mod delivery;
pub mod draft;
pub mod event;
pub mod floor;
pub mod history;
pub mod idempotency_key;
pub mod ingest;
pub mod invite;
pub mod job;
pub mod lead;
pub mod member;
pub mod organization;
pub mod pace;
pub mod phone_number;
pub mod receipt;
pub mod retention;
pub mod schedule;
pub mod sealed;
pub mod search;
pub mod session;
pub mod thread;
pub mod totp;
pub mod turn;
pub mod user;

use lotline_common::At;
use uuid::Uuid;

/// No id that was made at this moment or later is less: ids grow with time.
fn first_id_at(at: At) -> Uuid {
    let milliseconds = u64::try_from(at.micros() / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]).into_uuid()
}
