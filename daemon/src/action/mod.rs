//! What Lotline does: one verb per file. Load, decide with `domain`, write rows, events and jobs in one transaction.
//! Network calls stand outside transactions.

pub mod add_note;
pub mod add_number;
pub mod add_user;
pub mod back_up;
pub mod bury_job;
pub mod change_password;
pub mod check_contact;
pub mod choose_organization;
pub mod confirm_totp;
pub mod count_attempt;
pub mod count_texts;
pub mod create_lead;
pub mod create_organization;
pub mod deliver_message;
pub mod disable_user;
pub mod do_once;
pub mod edit_lead;
pub mod edit_member;
pub mod edit_number;
pub mod edit_organization;
pub mod enable_user;
pub mod end_session;
pub mod erase_lead;
pub mod explain_contact;
pub mod export_installation;
pub mod export_lead;
mod fetch_missed_texts;
mod follow_messages;
pub mod gather_search;
pub mod give_up_job;
pub mod hand_off;
pub mod import_installation;
pub mod invite_person;
pub mod make_api_key;
pub mod move_number;
pub mod open_session;
pub mod opt_out;
pub mod prune;
pub mod queue_message;
pub mod raise_alarm;
mod raise_alert;
pub mod read_application;
pub mod read_lists;
pub mod recall_message;
pub mod receive_sms;
pub mod reconcile_message;
pub mod record_consent;
pub mod record_delivery;
pub mod record_reading;
pub mod redeem_invite;
pub mod refresh_session;
pub mod remove_member;
pub mod remove_number;
pub mod remove_totp;
pub mod renew_recovery_codes;
pub mod replay_lead;
pub mod reply_with_agent;
pub mod reset_totp;
pub mod resolve_message;
pub mod restore_backup;
pub mod retry_job;
pub mod revoke_api_key;
pub mod revoke_invite;
pub mod rotate_keys;
pub mod send_draft;
pub mod send_message;
pub mod set_agent_profile;
pub mod set_application;
pub mod set_carrier;
pub mod set_floor;
pub mod set_legal_hold;
pub mod set_password;
pub mod set_retention;
pub mod set_up_totp;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod switch_organization;
mod take_code;
pub mod watch_vendor;

use crate::{db::DbError, domain::audit::Actor, error::Error};

/// As whom the installation's owner acts, at the command line.
pub fn by_system() -> Actor {
    Actor::command_line()
}

/// A unique rule that was violated is the caller's collision; anything else is what it is.
fn taken(error: DbError, collision: Error) -> Error {
    match error {
        DbError::Taken(_) => collision,
        other => other.into(),
    }
}
