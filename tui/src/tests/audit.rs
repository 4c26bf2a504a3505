//! The audit log over the desk, and what an erased customer leaves on it.

use lotline_common::{
    Page,
    api::{
        audit::{AuditAction, AuditActor, AuditActorKind, AuditLine, AuditSubject},
        auth::Role,
    },
    event::{Detail, EventKind},
};

use super::{Console, NOON, zoe};
use crate::{
    cmd::Cmd,
    model::{Focus, overlay::Overlay},
    msg::What,
};

fn line(seq: i64, action: AuditAction, who: &str) -> AuditLine {
    AuditLine {
        seq,
        at: NOON,
        action,
        actor: AuditActor { kind: AuditActorKind::Member, id: None, name: Some(who.to_owned()) },
        subject: Some(AuditSubject::from(zoe())),
        address: Some("203.0.113.9".to_owned()),
        user_agent: None,
        detail: serde_json::Map::new(),
        hash: String::new(),
    }
}

fn page(console: &mut Console, lines: Vec<AuditLine>, next: Option<&str>) {
    let page = Page { items: lines, next_cursor: next.map(str::to_owned) };
    console.happen(What::Audit(Ok(page)));
}

fn asked(console: &Console) -> Vec<Option<String>> {
    let cursor = |cmd: &Cmd| match cmd {
        Cmd::FetchAudit(query) => Some(query.cursor.clone()),
        _ => None,
    };
    console.cmds.iter().filter_map(cursor).collect()
}

/// Lost: an admin who must say who saw a customer has to ask whoever runs the server.
#[test]
fn an_admin_reads_the_audit_log_and_narrows_it() {
    let mut console = Console::new(120, 35);
    console.model.seat.as_mut().unwrap().role = Role::Admin;
    console.keys("L");
    assert_eq!(asked(&console), [None]);
    page(
        &mut console,
        vec![
            line(9, AuditAction::LeadRead, "Eli \u{1b}[2JMorrow"),
            line(8, AuditAction::CarrierSet, "Dana Reyes"),
        ],
        Some("older"),
    );
    let screen = console.screen();
    assert!(screen.contains("lead.read") && screen.contains("203.0.113.9"), "{screen}");
    assert!(!screen.contains('\u{1b}'), "{screen}");
    console.types("dana carrier");
    let screen = console.screen();
    assert!(!screen.contains("lead.read") && screen.contains("carrier.set"), "{screen}");
    console.keys("enter enter");
    assert_eq!(asked(&console), [None, Some("older".to_owned())], "asked once");
    page(&mut console, vec![line(7, AuditAction::CarrierSet, "Dana Reyes")], None);
    console.keys("down enter");
    assert_eq!(asked(&console).len(), 2, "there is nothing older");
    console.keys("esc");
    assert!(console.model.overlay.is_none());
}

#[test]
fn others_are_told_that_only_admins_read_it() {
    let mut console = Console::new(120, 35);
    console.model.seat.as_mut().unwrap().role = Role::Manager;
    console.keys("L");
    assert!(asked(&console).is_empty() && console.model.overlay.is_none());
}

/// Lost: a customer who asked to be forgotten stays on every screen until it is closed, and their draft on the disk.
#[test]
fn an_erased_customer_leaves_the_console() {
    let mut console = Console::new(120, 35);
    assert_eq!(console.model.inbox.selected, Some(zoe()));
    console.keys("r").types("Half a te");
    console.keys("esc n");
    assert!(matches!(console.model.overlay, Some(Overlay::Form(_))));
    let (leads, needing) = (console.model.inbox.len(), console.model.inbox.needing());
    console.cmds.clear();
    console.event(EventKind::LeadErased, zoe(), None, Detail::default());
    let model = &console.model;
    assert!(model.inbox.lead(zoe()).is_none() && !model.threads.contains_key(&zoe()));
    assert_eq!((model.inbox.len(), model.inbox.needing()), (leads - 1, needing - 1));
    assert!(model.unsent.values().all(|texts| !texts.contains_key(&zoe())));
    assert!(model.overlay.is_none() && model.focus == Focus::List);
    assert!(console.cmds.iter().any(|cmd| matches!(cmd, Cmd::SaveState)), "what was kept on disk goes too");
    let screen = console.screen();
    assert!(!screen.contains("Zoë"), "{screen}");
    console.event(EventKind::LeadErased, zoe(), None, Detail::default());
    assert_eq!(console.model.inbox.len(), leads - 1, "twice is once");
}
