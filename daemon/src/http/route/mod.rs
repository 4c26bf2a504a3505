//! Handlers, one file per noun. Which path leads to which stands on the router's page.

pub mod alarm;
pub mod api_key;
pub mod application;
pub mod audit;
pub mod auth;
pub mod documentation;
pub mod draft;
pub mod event;
pub mod floor;
pub mod health;
pub mod join;
pub mod lead;
pub mod lead_export;
pub mod me;
pub mod member;
pub mod message;
pub mod organization;
pub mod retention;

use lotline_common::Page;

use super::extract::Json;

/// An organization has few members, numbers, invites and keys: the whole list is one page.
fn whole<T>(items: Vec<T>) -> Json<Page<T>> {
    Json(Page { items, next_cursor: None })
}
