//! What the log tells of sign-ins, credentials, numbers, consent and readings.

use std::{fs, path::Path};

use lotline_common::{
    Page,
    api::{
        application::ApplicationField,
        audit::{AuditAction, AuditActorKind, AuditLine},
        auth::Role,
        consent::ConsentKind,
        lead_export::LeadExport,
    },
};
use reqwest::Method;
use serde_json::json;

use crate::support::{caller::Caller, db::Fresh, desk::Desk, shop::customer};

both_engines!(
    deeds_are_told_with_who_and_from_where,
    a_reading_is_told_once_an_hour,
    only_admins_look_and_only_at_home,
    a_customers_whole_record_is_told_each_time
);

pub(crate) async fn lines(admin: &Caller, path: &str) -> Vec<AuditLine> {
    let answer = admin.get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    serde_json::from_str::<Page<AuditLine>>(&answer.text).unwrap().items
}

fn of(lines: &[AuditLine], action: AuditAction) -> Vec<&AuditLine> {
    lines.iter().filter(|line| line.action == action).collect()
}

/// Lost: after a breach nobody can say who set the carrier's token, and from which machine.
async fn deeds_are_told_with_who_and_from_where(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let wrong = desk.stranger.request(Method::POST, "/api/v1/auth/login").header("user-agent", "guess/1");
    let wrong = wrong.json(&json!({"email": "admin1@example.com", "password": "not the password"}));
    assert_eq!(wrong.send().await.unwrap().status(), 401);
    let unknown = desk.stranger.log_in("nobody@example.com", "not the password").await;
    assert_eq!(unknown.status, 401);
    desk.member(&shop, Role::Agent).await;
    let lead = shop.hears(&customer(1), "Hello").await;
    let said = json!({"kind": "opt_out", "note": "on the phone"});
    assert_eq!(shop.admin.post(&format!("/api/v1/leads/{}/consents", lead.id), said).await.status, 201);
    let all = lines(&shop.admin, "/api/v1/audit?limit=200").await;
    let numbers: Vec<i64> = all.iter().rev().map(|line| line.seq).collect();
    assert_eq!(numbers, (1..=i64::try_from(all.len()).unwrap()).collect::<Vec<_>>(), "dense, newest first");
    let carrier = of(&all, AuditAction::CarrierSet)[0];
    assert_eq!(carrier.actor.kind, AuditActorKind::Member);
    assert_eq!(carrier.actor.name.as_deref(), Some("Dana Example"));
    assert_eq!(carrier.address.as_deref(), Some("127.0.0.1"));
    assert_eq!(carrier.detail["account_sid"], shop.account);
    assert!(!format!("{all:?}").contains(&shop.token), "no secret in the log");
    let failed = of(&all, AuditAction::SignInFailed);
    assert_eq!(failed.len(), 1, "an unknown account has no organization to tell");
    assert_eq!(failed[0].user_agent.as_deref(), Some("guess/1"));
    for action in [
        AuditAction::OrganizationCreated,
        AuditAction::SignedUp,
        AuditAction::AgentProfileSet,
        AuditAction::NumberAdded,
        AuditAction::ConsentRecorded,
    ] {
        assert_eq!(of(&all, action).len(), 1, "{action}");
    }
    let added = of(&all, AuditAction::MemberAdded);
    assert_eq!(added[0].actor.kind, AuditActorKind::CommandLine);
    assert_eq!(added[0].detail["role"], "agent");
    let consent = lines(&shop.admin, &format!("/api/v1/leads/{}/audit", lead.id)).await;
    assert_eq!(of(&consent, AuditAction::ConsentRecorded).len(), 1);
    let pages = lines(&shop.admin, "/api/v1/audit?action=number.added").await;
    assert_eq!(pages.len(), 1);
    desk.close().await;
}

/// Lost: "who saw this customer" has no answer, or the log drowns in what one open console asks.
async fn a_reading_is_told_once_an_hour(db: &Fresh) {
    let mut desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(1), "Hello").await;
    let other = shop.hears(&customer(2), "Hello").await;
    for _ in 0..5 {
        shop.thread(&lead).await;
    }
    shop.thread(&other).await;
    // Another daemon remembers nothing, but the log does.
    desk.restart().await;
    shop.thread(&lead).await;
    let path = format!("/api/v1/leads/{}/audit", lead.id);
    let seen = lines(&shop.admin, &path).await;
    assert_eq!(of(&seen, AuditAction::LeadRead).len(), 1, "{seen:?}");
    assert_eq!(of(&seen, AuditAction::AuditRead).len(), 1, "who looks who looked is told too");
    desk.close().await;
}

/// Lost: a competitor or a curious agent reads who does what in the store.
async fn only_admins_look_and_only_at_home(db: &Fresh) {
    let desk = Desk::open(db).await;
    let (shop, other) = (desk.shop(1).await, desk.shop(2).await);
    let lead = shop.hears(&customer(1), "Hello").await;
    let path = format!("/api/v1/leads/{}/audit", lead.id);
    for role in [Role::Manager, Role::Agent, Role::Viewer] {
        let member = desk.member(&shop, role).await;
        assert_eq!(member.get("/api/v1/audit").await.status, 403, "{role}");
        assert_eq!(member.get(&path).await.status, 403, "{role}");
    }
    let absent = format!("/api/v1/leads/{}/audit", lotline_common::LeadId::new());
    let (foreign, absent) = (other.admin.get(&path).await, other.admin.get(&absent).await);
    assert_eq!((foreign.status, foreign.text), (absent.status, absent.text));
    let foreign = lines(&other.admin, &format!("/api/v1/audit?lead={}", lead.id)).await;
    assert_eq!(foreign, []);
    let (one, two) = (shop.admin.get("/api/v1/audit?limit=1").await, other.admin.get("/api/v1/audit").await);
    let cursor = one.json()["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(other.admin.get(&format!("/api/v1/audit?cursor={cursor}")).await.status, 400);
    assert!(!two.text.contains(&shop.account));
    for bad in ["limit=0", "action=nothing", "from=yesterday", "colour=red"] {
        assert_eq!(shop.admin.get(&format!("/api/v1/audit?{bad}")).await.status, 400, "{bad}");
    }
    desk.close().await;
}

/// Lost: a customer asks what is held of them and gets half of it; or an admin takes customers along, one export after
/// the other, and nobody sees it.
async fn a_customers_whole_record_is_told_each_time(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let (lead, other) =
        (shop.hears(&customer(1), "Is it there?").await, shop.hears(&customer(2), "Hi").await);
    let at = |what: &str| format!("/api/v1/leads/{}/{what}", lead.id);
    assert_eq!(shop.admin.post(&at("notes"), json!({"text": "Brings a trade-in."})).await.status, 201);
    for kind in ["opt_in", "opt_out"] {
        let said = json!({"kind": kind, "note": "on the phone"});
        assert_eq!(shop.admin.post(&at("consents"), said).await.status, 201);
    }
    let vault = json!({"fields": {"employer": "Example Foods"}});
    assert_eq!(shop.admin.put(&at("application"), vault).await.status, 200);
    let manager = desk.member(&shop, Role::Manager).await;
    assert_eq!(manager.get(&at("export")).await.status, 403);
    shop.admin.get(&at("export")).await;
    let answer = shop.admin.get(&at("export")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(!answer.text.contains("Example Foods"), "the vault has a door of its own");
    let export: LeadExport = serde_json::from_str(&answer.text).unwrap();
    assert_eq!((export.lead.id, export.turns[0].text.as_str()), (lead.id, "Is it there?"));
    assert!(export.turns.iter().any(|turn| turn.text == "Brings a trade-in."));
    assert!(export.turns.is_sorted_by_key(|turn| turn.seq));
    let kinds: Vec<_> = export.consents.iter().map(|consent| consent.kind).collect();
    assert_eq!(kinds, [ConsentKind::OptIn, ConsentKind::OptOut]);
    assert_eq!(export.application, [ApplicationField::Employer]);
    assert_eq!(of(&export.audit, AuditAction::LeadExported).len(), 2, "{:?}", export.audit);
    let seen = lines(&shop.admin, &format!("/api/v1/leads/{}/audit", other.id)).await;
    assert!(of(&seen, AuditAction::LeadExported).is_empty());
    desk.close().await;
}

/// A word that nothing writes promises a trail that is not there.
#[test]
fn every_word_is_written_somewhere() {
    let source = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../daemon/src"));
    for action in AuditAction::ALL {
        let written = source.contains(&format!("AuditAction::{action:?}"));
        assert!(written, "{action} is written by nothing: take it out or write it");
    }
}

fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { sources(&path) } else { fs::read_to_string(path).unwrap() })
        .collect()
}
