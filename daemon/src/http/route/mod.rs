//! Handlers, one file per noun; each file lists its routes.

pub mod auth;
pub mod me;
pub mod organization;
