//! What the events say of a conversation is what is stored of it, whatever happened.

use lotline_common::{
    LeadId,
    api::{lead::FloorKind, message::DeliveryState},
    event::EventKind,
};
use lotlined::{
    action::replay_lead::{self, Replay},
    db::Scope,
    store,
};
use serde_json::json;

use crate::support::{
    db::Fresh,
    desk::{Desk, Times},
    shop::{Shop, customer, turn},
};

both_engines!(a_conversation_is_what_its_events_say, a_row_that_says_otherwise_is_named);

async fn replay(desk: &Desk, lead: LeadId) -> Replay {
    let app = desk.beside().await;
    let mut tx = app.db.read(Scope::System).await.unwrap();
    let org = store::organization::find_by_slug(&mut tx, "example-motors-1").await.unwrap().key;
    drop(tx);
    replay_lead::run(app, org, lead, None).await.unwrap()
}

async fn agrees(desk: &Desk, lead: LeadId, so_far: &str) {
    let found = replay(desk, lead).await.differences.unwrap();
    assert!(found.is_empty(), "after {so_far}: {found:?}");
}

/// Answers, takes over, sends, recalls, fails, gives away, hands back.
async fn converse(desk: &Desk, shop: &Shop) -> LeadId {
    let lead = shop.hears(&customer(0), "Is the Civic still there?").await;
    shop.until_sent(&customer(0), 1).await;
    shop.events_to(EventKind::MessageDelivered).await;
    desk.at_rest().await;
    agrees(desk, lead.id, "an answer").await;
    let held = turn(&shop.send(&lead, "Let me look.", json!({"hold_seconds": 30})).await);
    agrees(desk, lead.id, "a message in its undo window").await;
    let recalled = shop.admin.post(&format!("/api/v1/messages/{}/recall", held.id), json!({})).await;
    assert_eq!(recalled.status, 200);
    agrees(desk, lead.id, "an undo").await;
    let said = shop.says(&lead, "It is here.").await;
    shop.until_state(&lead, &said, DeliveryState::Delivered).await;
    agrees(desk, lead.id, "a person's message").await;
    shop.floor(&lead, "ai").await;
    agrees(desk, lead.id, "a hand-back").await;
    lead.id
}

/// Lost: the answer to "how did this come to be?", when the log tells another story than the rows.
async fn a_conversation_is_what_its_events_say(db: &Fresh) {
    let desk = Desk::with(db, Times { hold: "0ms", ..Times::default() }).await;
    let shop = desk.shop(1).await;
    let lead = converse(&desk, &shop).await;
    shop.hears(&customer(0), "STOP").await;
    agrees(&desk, lead, "an opt-out").await;
    shop.hears(&customer(0), "START").await;
    agrees(&desk, lead, "a START").await;
    let asks = shop.hears(&customer(1), "I want your manager to call me today").await;
    shop.until_floor(&asks, FloorKind::Nobody).await;
    desk.at_rest().await;
    agrees(&desk, asks.id, "a hand-over").await;
    let entered =
        shop.admin.post("/api/v1/leads", json!({"phone": customer(2), "name": "Ana Example"})).await;
    let entered: LeadId = entered.json()["id"].as_str().unwrap().parse().unwrap();
    agrees(&desk, entered, "an entry").await;
    let erased = shop.admin.delete(&format!("/api/v1/leads/{lead}")).await;
    assert_eq!(erased.status, 204, "{}", erased.text);
    agrees(&desk, lead, "an erasure").await;
    desk.close().await;
}

/// Lost: the alarm, when somebody changed a row behind the daemon's back.
async fn a_row_that_says_otherwise_is_named(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(0), "Is the Civic still there?").await;
    shop.until_sent(&customer(0), 1).await;
    shop.events_to(EventKind::MessageDelivered).await;
    desk.at_rest().await;
    for (change, what) in [
        ("UPDATE leads SET floor_fence = floor_fence + 1", "floor"),
        ("UPDATE leads SET waiting_since = 1", "waiting_since"),
        ("UPDATE leads SET turn_seq = turn_seq + 1", "turns"),
        ("UPDATE leads SET opted_out = TRUE", "opted_out"),
        ("UPDATE deliveries SET state = 'failed'", "delivery"),
    ] {
        let before = replay(&desk, lead.id).await.differences.unwrap().len();
        let done = desk
            .beside()
            .await
            .db
            .write(Scope::System, move |tx| Box::pin(async move { tx.query(change).execute().await }));
        assert_eq!(done.await.unwrap(), 1, "{change}");
        let found = replay(&desk, lead.id).await.differences.unwrap();
        assert_eq!(found.len(), before + 1, "{change}: {found:?}");
        assert!(found.iter().any(|of| of.what.starts_with(what)), "{change}: {found:?}");
    }
    desk.close().await;
}
