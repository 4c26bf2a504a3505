//! What Lotline does: one verb per file. Load, decide with `domain`, write rows, events and jobs in one transaction.
//! Network calls stand outside transactions.

pub mod add_note;
pub mod add_number;
pub mod add_user;
pub mod change_password;
pub mod check_contact;
pub mod create_lead;
pub mod create_organization;
pub mod deliver_message;
pub mod disable_user;
pub mod edit_lead;
pub mod explain_contact;
pub mod export_installation;
pub mod hand_off;
pub mod import_installation;
pub mod move_number;
pub mod open_session;
pub mod opt_out;
pub mod queue_message;
pub mod recall_message;
pub mod receive_sms;
pub mod reconcile_message;
pub mod record_consent;
pub mod record_delivery;
pub mod refresh_session;
pub mod remove_number;
pub mod reply_with_agent;
pub mod resolve_message;
pub mod send_draft;
pub mod send_message;
pub mod set_agent_profile;
pub mod set_carrier;
pub mod set_floor;
pub mod set_password;
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
