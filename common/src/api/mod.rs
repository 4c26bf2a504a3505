//! Bodies of the HTTP API, one file per noun. Requests refuse unknown members; answers may grow.

pub mod application;
pub mod audit;
pub mod auth;
pub mod consent;
pub mod draft;
pub mod lead;
pub mod message;
pub mod organization;
pub mod retention;
pub mod turn;
