//! The only place with SQL. `store::noun::verb(tx, …)`; every statement on tenant rows names its organization.

pub mod agent_profile;
pub mod carrier_account;
pub mod consent;
pub mod delivery;
pub mod draft;
pub mod event;
pub mod floor;
pub mod history;
pub mod ingest;
pub mod job;
pub mod lead;
pub mod member;
pub mod organization;
pub mod phone_number;
pub mod receipt;
pub mod search;
pub mod session;
pub mod thread;
pub mod turn;
pub mod user;
