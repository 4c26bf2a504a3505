//! Accounts, through HTTP.

mod api_key;
mod invite;
mod invite_link;
mod member;
mod organization;
mod own_sessions;
mod require_totp;
mod role;
mod session;
mod sign_up;
mod totp;
