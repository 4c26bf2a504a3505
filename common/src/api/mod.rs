//! Bodies of the HTTP API, one file per noun. Requests refuse unknown members; answers may grow.

pub mod alarm;
pub mod api_key;
pub mod application;
pub mod audit;
pub mod auth;
pub mod consent;
pub mod draft;
pub mod invite;
pub mod lead;
pub mod lead_export;
pub mod me;
pub mod message;
pub mod organization;
mod present;
pub mod retention;
pub mod turn;
