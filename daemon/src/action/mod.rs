//! One verb per file: load, decide with `domain`, write rows and events in one transaction. No network call inside one.

pub mod add_number;
pub mod add_user;
pub mod change_password;
pub mod create_organization;
pub mod open_session;
pub mod refresh_session;
pub mod remove_number;
pub mod set_agent_profile;
pub mod set_carrier;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod switch_organization;

use lotline_common::api::turn::{Author, AuthorKind};

use crate::{db::DbError, error::Error};

/// As whom the installation's owner acts, at the command line.
pub fn by_system() -> Author {
    Author { kind: AuthorKind::System, id: None, name: None }
}

/// A unique rule that was violated is the caller's collision; anything else is what it is.
fn taken(error: DbError, collision: Error) -> Error {
    match error {
        DbError::Taken(_) => collision,
        other => other.into(),
    }
}
