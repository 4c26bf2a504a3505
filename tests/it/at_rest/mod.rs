//! What lies in the database: sealed, vaulted, kept as long as the law says, and gone when somebody asks.

mod erasure;
mod keys;
mod killed;
mod leaks;
mod retention;
mod vault;
