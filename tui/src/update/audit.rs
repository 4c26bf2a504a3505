//! The audit log: opened, narrowed, read on; nothing here changes anything.

use lotline_common::{
    Page,
    api::{
        audit::{AuditLine, AuditQuery},
        auth::Role,
    },
    client::Error,
};

use super::act::tell;
use crate::{
    action::Action,
    cmd::Cmd,
    model::{Model, audit::AuditLog, notice::Level, overlay::Overlay},
    widget::input::Input,
};

const PAGE: u32 = 200;

pub(super) fn open(model: &mut Model) -> Vec<Cmd> {
    if model.seat.as_ref().is_none_or(|seat| seat.role != Role::Admin) {
        return tell(model, Level::Warn, "Only admins read the audit log");
    }
    model.overlay = Some(Overlay::Audit(AuditLog::asking()));
    vec![fetch(None)]
}

fn fetch(cursor: Option<String>) -> Cmd {
    Cmd::FetchAudit(AuditQuery { limit: Some(PAGE), cursor, ..AuditQuery::default() })
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Cmd> {
    let Some(Overlay::Audit(log)) = &mut model.overlay else {
        return Vec::new();
    };
    let last = log.shown().len().saturating_sub(1);
    match action {
        Action::No => model.overlay = None,
        Action::NextField if log.line < last => log.line += 1,
        Action::PreviousField => log.line = log.line.saturating_sub(1),
        // At the end: what is older.
        Action::NextField | Action::Press => return older(log),
        _ => {}
    }
    Vec::new()
}

fn older(log: &mut AuditLog) -> Vec<Cmd> {
    if log.asking {
        return Vec::new();
    }
    let Some(cursor) = log.older.take() else { return Vec::new() };
    log.asking = true;
    vec![fetch(Some(cursor))]
}

pub(super) fn type_into(model: &mut Model, change: impl FnOnce(&mut Input) -> bool) {
    if let Some(Overlay::Audit(log)) = &mut model.overlay
        && change(&mut log.input)
    {
        log.line = 0;
    }
}

pub(super) fn take(model: &mut Model, page: Result<Page<AuditLine>, Error>) {
    // Closed meanwhile.
    let Some(Overlay::Audit(log)) = &mut model.overlay else { return };
    log.asking = false;
    match page {
        Ok(page) => {
            log.lines.extend(page.items);
            (log.older, log.trouble) = (page.next_cursor, None);
        }
        Err(error) => log.trouble = Some(error.to_string()),
    }
}
