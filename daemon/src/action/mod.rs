//! What Lotline does: one verb per file. Load, decide with `domain`, write rows + event + job in one transaction.

pub mod add_note;
pub mod check_contact;
pub mod deliver_message;
pub mod hand_off;
pub mod opt_out;
pub mod queue_message;
pub mod recall_message;
pub mod receive_sms;
pub mod reconcile_message;
pub mod record_consent;
pub mod record_delivery;
pub mod reply_with_agent;
pub mod resolve_message;
pub mod send_draft;
pub mod send_message;
pub mod set_floor;
