//! The only place with SQL. `store::noun::verb(tx, …)`; every statement on tenant rows names its organization.

pub mod consent;
pub mod delivery;
pub mod draft;
pub mod event;
pub mod floor;
pub mod ingest;
pub mod job;
pub mod thread;
