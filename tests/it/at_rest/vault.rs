//! The application: kept sealed, shown to those who may, and every look is told.

use lotline_common::{
    Page,
    api::{
        audit::{AuditAction, AuditLine},
        auth::Role,
    },
};
use serde_json::json;

use crate::support::{db::Fresh, desk::Desk, shop::customer};

both_engines!(an_application_is_kept_and_every_look_is_told, who_may_not_read_sees_what_is_missing);

/// Lost: 500 customers' incomes in the open mean a letter to each and to the FTC (16 CFR 314.4(j)).
async fn an_application_is_kept_and_every_look_is_told(db: &Fresh) {
    let desk = Desk::open(db).await;
    let (shop, other) = (desk.shop(1).await, desk.shop(2).await);
    let lead = shop.hears(&customer(1), "Hello").await;
    let path = format!("/api/v1/leads/{}/application", lead.id);
    assert_eq!(shop.admin.get(&path).await.json(), json!({"fields": {}}));
    let told = json!({"fields": {"monthly_income": "4217", "employer": "Quarry & Daughters", "date_of_birth": "1984-05-17"}});
    let kept = shop.admin.put(&path, told.clone()).await;
    assert_eq!(kept.status, 200, "{}", kept.text);
    assert_eq!(kept.json()["next"], "name");
    assert_eq!(shop.admin.get(&path).await.json(), told);
    let changed = json!({"fields": {"monthly_income": "5000", "employer": null}});
    assert_eq!(
        shop.admin.put(&path, changed).await.json()["filled"],
        json!(["date_of_birth", "monthly_income"])
    );
    assert_eq!(shop.admin.get(&path).await.json()["fields"]["monthly_income"], "5000");
    let audit = shop.admin.get(&format!("/api/v1/leads/{}/audit", lead.id)).await;
    assert!(!audit.text.contains("4217") && !audit.text.contains("Quarry"), "{}", audit.text);
    let lines: Page<AuditLine> = serde_json::from_str(&audit.text).unwrap();
    let looks = lines.items.iter().filter(|line| line.action == AuditAction::ApplicationRead).count();
    assert_eq!(looks, 3, "each of them");
    for (bad, field) in [
        (json!({"fields": {"monthly_income": "4217 or so"}}), "fields.monthly_income"),
        (json!({"fields": {"date_of_birth": "CANARY"}}), "fields.date_of_birth"),
        (json!({"fields": {"social_security_number": "x"}}), "body"),
        (json!({"fields": {}, "role": "admin"}), "role"),
    ] {
        let refused = shop.admin.put(&path, bad).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(refused.json()["field"].as_str().unwrap().starts_with(field), "{}", refused.text);
        assert!(!refused.text.contains("4217") && !refused.text.contains("CANARY"), "{}", refused.text);
    }
    assert_eq!(other.admin.get(&path).await.status, 404);
    assert_eq!(other.admin.put(&path, told).await.status, 404);
    desk.close_whatever_the_vendors_say().await;
}

/// Lost: the whole floor reads what one manager needs; or an agent asks the customer for it a second time.
async fn who_may_not_read_sees_what_is_missing(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(1), "Hello").await;
    let path = format!("/api/v1/leads/{}/application", lead.id);
    let manager = desk.member(&shop, Role::Manager).await;
    assert_eq!(manager.put(&path, json!({"fields": {"name": "Quentin Vanderplank"}})).await.status, 200);
    assert_eq!(manager.get(&path).await.status, 200);
    for role in [Role::Agent, Role::Viewer] {
        let member = desk.member(&shop, role).await;
        assert_eq!(member.get(&path).await.status, 403, "{role}");
        assert_eq!(member.put(&path, json!({"fields": {}})).await.status, 403, "{role}");
        let seen = member.get(&format!("{path}/completeness")).await;
        assert_eq!(
            (seen.json()["filled"].clone(), seen.json()["next"].clone()),
            (json!(["name"]), json!("date_of_birth"))
        );
        assert!(!seen.text.contains("Quentin"), "{}", seen.text);
    }
    desk.close_whatever_the_vendors_say().await;
}
