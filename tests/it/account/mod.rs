//! Accounts, through HTTP.

mod organization;
mod role;
mod session;
mod sign_up;
