//! The only place with SQL. `store::noun::verb(tx, …)`; every statement on tenant rows names its organization.

pub mod event;
pub mod lead;
pub mod standing;
pub mod turn;
