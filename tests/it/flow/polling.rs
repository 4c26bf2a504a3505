//! A desk that no webhook reaches: a store behind a router that forwards nothing. Everything comes by the carrier's list.

use lotline_common::api::{lead::Lead, message::DeliveryState, turn::AuthorKind};
use lotline_sim::{Fault, FaultKind};

use crate::support::{
    db::Fresh,
    desk::{Desk, Times},
    eventually,
    shop::{Shop, by, customer, state_of},
};

both_engines!(
    a_whole_conversation_needs_no_webhook,
    an_unknown_outcome_is_settled_by_the_list_alone,
    a_failure_told_by_the_list_calls_a_person,
    what_was_under_way_at_a_stop_is_followed_after_the_start,
    a_lost_callback_is_made_up_for_by_the_list,
);

/// The list is read often, so that the test need not wait.
fn polling() -> Times {
    Times { list: "200ms", public_url: false, ..Times::default() }
}

/// A shop whose number posts to nobody.
async fn behind_nat(desk: &Desk) -> Shop {
    let shop = desk.shop(1).await;
    desk.cut_off(&shop);
    shop
}

/// A text that no webhook tells of; the lead it belongs to, once it is here.
async fn heard(desk: &Desk, shop: &Shop, from: &str, body: &str) -> Lead {
    let before = desk.count("turns WHERE author_kind = 'customer'").await;
    shop.text(from, body).await;
    let after = async || desk.count("turns WHERE author_kind = 'customer'").await > before;
    eventually(crate::support::desk::PATIENCE, after).await;
    shop.find(from).await.unwrap()
}

/// Lost: every customer of a store that no carrier can reach, or what the store knows of its own messages.
async fn a_whole_conversation_needs_no_webhook(db: &Fresh) {
    let desk = Desk::with(db, polling()).await;
    let shop = behind_nat(&desk).await;
    let lead = heard(&desk, &shop, &customer(0), "Is the Civic still there?").await;
    let sent = shop.until_sent(&customer(0), 1).await;
    assert_eq!(sent[0].status_callback, None, "the carrier would call an address that is nobody's");
    let delivered = |thread: &[lotline_common::api::turn::Turn]| {
        let said = by(thread, AuthorKind::Ai);
        !said.is_empty() && said.iter().all(|turn| state_of(turn) == Some(DeliveryState::Delivered))
    };
    shop.until_thread(&lead, "the answer is shown as delivered", delivered).await;
    heard(&desk, &shop, &customer(0), "STOP").await;
    eventually(crate::support::desk::PATIENCE, async || shop.lead(&lead).await.opted_out).await;
    let refused = shop.send(&lead, "One more thing", serde_json::json!({})).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    desk.at_rest().await;
    assert_eq!(shop.sent(&customer(0)).len(), 1);
    desk.close().await;
}

/// Lost: a customer who gets a text twice, or an operator who must settle by hand what the list knows.
async fn an_unknown_outcome_is_settled_by_the_list_alone(db: &Fresh) {
    let desk = Desk::with(db, polling()).await;
    let shop = behind_nat(&desk).await;
    let lead = shop.lead_of_admin(&customer(0)).await;
    desk.sim.set_fault(Fault::times(1, FaultKind::AcceptThenDrop));
    let message = shop.says(&lead, "It is here").await;
    let done = shop.until_state(&lead, &message, DeliveryState::Delivered).await.delivery.unwrap();
    assert_eq!((done.attempts, done.reason, done.needs_operator), (1, None, false));
    assert_eq!(shop.sent(&customer(0)).len(), 1);
    desk.close().await;
}

/// Lost: a customer who never got the answer, and nobody at the store knows.
async fn a_failure_told_by_the_list_calls_a_person(db: &Fresh) {
    let desk = Desk::with(db, polling()).await;
    let shop = behind_nat(&desk).await;
    desk.sim.set_fault(Fault::times(1, FaultKind::DeliveryFails { code: 30005 }));
    let lead = shop.lead_of_admin(&customer(0)).await;
    let message = shop.says(&lead, "It is here").await;
    let failed = shop.until_state(&lead, &message, DeliveryState::Undelivered).await.delivery.unwrap();
    assert_eq!(failed.error_code, Some(30005));
    assert!(failed.advice.is_some());
    desk.close().await;
}

/// Lost: what became of the messages that had just left when the machine was restarted.
async fn what_was_under_way_at_a_stop_is_followed_after_the_start(db: &Fresh) {
    let mut desk = Desk::with(db, polling()).await;
    let shop = behind_nat(&desk).await;
    let lead = heard(&desk, &shop, &customer(0), "Is the Civic still there?").await;
    shop.until_sent(&customer(0), 1).await;
    desk.pause().await;
    shop.text(&customer(0), "And the Accord?").await;
    desk.resume().await;
    shop.until_sent(&customer(0), 2).await;
    let delivered = |thread: &[lotline_common::api::turn::Turn]| {
        let said = by(thread, AuthorKind::Ai);
        said.len() == 2 && said.iter().all(|turn| state_of(turn) == Some(DeliveryState::Delivered))
    };
    shop.until_thread(&lead, "both answers are shown as delivered", delivered).await;
    desk.close().await;
}

/// Lost: the same where webhooks come, but the callbacks of one message did not.
async fn a_lost_callback_is_made_up_for_by_the_list(db: &Fresh) {
    let desk = Desk::with(db, Times { list: "200ms", ..Times::default() }).await;
    let shop = desk.shop(1).await;
    desk.sim.set_fault(Fault::always(FaultKind::CallbacksNever));
    let lead = shop.lead_of_admin(&customer(0)).await;
    let message = shop.says(&lead, "It is here").await;
    shop.until_state(&lead, &message, DeliveryState::Accepted).await;
    desk.age_deliveries(660_000_000).await;
    shop.until_state(&lead, &message, DeliveryState::Delivered).await;
    desk.close().await;
}
