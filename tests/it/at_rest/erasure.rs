//! A customer asks to be forgotten.

use lotline_common::{
    Page,
    api::{
        audit::{AuditAction, AuditLine},
        auth::Role,
        lead::Lead,
    },
    event::EventKind,
};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    caller::Answer,
    db::Fresh,
    desk::Desk,
    shop::{Shop, customer},
};

both_engines!(
    nothing_of_an_erased_customer_is_left,
    an_opt_out_outlives_its_customer,
    a_hold_keeps_everything,
    only_admins_erase_and_only_at_home
);

const WORDS: &str = "My name is Quentin Vanderplank and I like the PERIWINKLE truck";

async fn erase(shop: &Shop, lead: &Lead) -> Answer {
    shop.admin.call(Method::DELETE, &format!("/api/v1/leads/{}", lead.id), None).await
}

/// Lost: 45 days and a penalty for each customer (11 CCR 7021), or a letter that says "deleted" and lies.
async fn nothing_of_an_erased_customer_is_left(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let phone = customer(1);
    let lead = shop.hears(&phone, WORDS).await;
    shop.until_sent(&phone, 1).await;
    let path = format!("/api/v1/leads/{}", lead.id);
    let vault = json!({"fields": {"employer": "PERIWINKLE Works"}});
    assert_eq!(shop.admin.put(&format!("{path}/application"), vault).await.status, 200);
    shop.says(&lead, "The PERIWINKLE one is here").await;
    assert_eq!(erase(&shop, &lead).await.status, 204);
    for gone in ["", "/timeline", "/drafts", "/consents", "/application", "/application/completeness"] {
        assert_eq!(shop.admin.get(&format!("{path}{gone}")).await.status, 404, "{gone}");
    }
    assert_eq!(erase(&shop, &lead).await.status, 404, "a second time there is nobody");
    let late = shop.send(&lead, "Hello?", json!({})).await;
    assert_eq!(late.status, 404);
    assert!(shop.find(&phone).await.is_none());
    let events = shop.events_to(EventKind::LeadErased).await;
    assert!(
        !format!("{events:?}").contains("PERIWINKLE"),
        "a console that comes later sees blanks: {events:?}"
    );
    let count = async |sql| desk.count(sql).await;
    crate::support::eventually(crate::support::desk::PATIENCE, || async {
        count("jobs").await == 0 && count("receipts").await == 0
    })
    .await;
    for rows in [
        "turns WHERE text <> ''",
        "lead_contacts",
        "lead_keys",
        "application_fields",
        "drafts",
        "leads WHERE name IS NOT NULL OR vehicle IS NOT NULL",
        "deliveries WHERE to_number <> '000' OR state IN ('held', 'queued', 'attempting')",
    ] {
        assert_eq!(count(rows).await, 0, "{rows}");
    }
    assert_eq!(count("tombstones WHERE phone_hash IS NOT NULL").await, 1);
    let told = shop.admin.get(&format!("{path}/audit")).await;
    let told: Page<AuditLine> = serde_json::from_str(&told.text).unwrap();
    assert!(
        told.items.iter().any(|line| line.action == AuditAction::LeadErased),
        "who erased is told for ever"
    );
    // They write again: somebody new, of whom nothing is known.
    let again = shop.hears(&phone, "Hello").await;
    assert_ne!(again.id, lead.id);
    assert_eq!(again.name, None);
    desk.close_whatever_the_vendors_say().await;
}

/// Lost: 500 to 1,500 dollars for each text to somebody who said STOP and was forgotten, their STOP included.
async fn an_opt_out_outlives_its_customer(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let (texts, typed) = (customer(1), customer(2));
    for phone in [&texts, &typed] {
        let lead = shop.hears(phone, "STOP").await;
        assert_eq!(erase(&shop, &lead).await.status, 204);
    }
    let again = shop.hears(&texts, "What are your hours?").await;
    let created = shop.admin.post("/api/v1/leads", json!({"phone": typed})).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let typed: Lead = serde_json::from_str(&created.text).unwrap();
    for lead in [&again, &typed] {
        assert!(lead.opted_out, "{lead:?}");
        let refused = shop.send(lead, "We are open until six", json!({"hold_seconds": 0})).await;
        assert_eq!(refused.problem(), (422, "refused_by_gate".into()));
    }
    assert_eq!(shop.sent(&texts).len(), 0, "the AI did not answer either");
    assert_eq!(desk.count("consents WHERE kind = 'opt_out'").await, 2);
    desk.close().await;
}

/// Lost: a court finds that evidence was destroyed while the case was pending.
async fn a_hold_keeps_everything(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(1), WORDS).await;
    let hold = format!("/api/v1/leads/{}/legal-hold", lead.id);
    assert_eq!(shop.admin.put(&hold, json!({"reason": "  "})).await.problem(), (400, "invalid_field".into()));
    assert_eq!(shop.admin.put(&hold, json!({"reason": "Case 24-117"})).await.status, 204);
    assert_eq!(erase(&shop, &lead).await.problem(), (409, "legal_hold".into()));
    assert!(shop.thread(&lead).await.iter().any(|turn| turn.text == WORDS));
    assert_eq!(shop.admin.call(Method::DELETE, &hold, None).await.status, 204);
    assert_eq!(erase(&shop, &lead).await.status, 204);
    desk.close_whatever_the_vendors_say().await;
}

async fn only_admins_erase_and_only_at_home(db: &Fresh) {
    let desk = Desk::open(db).await;
    let (shop, other) = (desk.shop(1).await, desk.shop(2).await);
    let lead = shop.hears(&customer(1), "Hello").await;
    let path = format!("/api/v1/leads/{}", lead.id);
    for role in [Role::Manager, Role::Agent, Role::Viewer] {
        let member = desk.member(&shop, role).await;
        assert_eq!(member.call(Method::DELETE, &path, None).await.status, 403, "{role}");
        assert_eq!(
            member.call(Method::DELETE, &format!("{path}/legal-hold"), None).await.status,
            403,
            "{role}"
        );
    }
    assert_eq!(other.admin.call(Method::DELETE, &path, None).await.status, 404);
    assert_eq!(shop.admin.get(&path).await.status, 200);
    desk.close_whatever_the_vendors_say().await;
}
