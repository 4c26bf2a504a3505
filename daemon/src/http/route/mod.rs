//! Handlers, one file per noun. Which path leads to which stands on the router's page.

pub mod auth;
pub mod documentation;
pub mod draft;
pub mod event;
pub mod floor;
pub mod health;
pub mod lead;
pub mod me;
pub mod message;
pub mod organization;
