//! What became of a message: the carrier's reports in any order, and its refusals in words.

use futures::future::join_all;
use lotline_common::{
    api::{
        lead::{FloorKind, Lead},
        message::DeliveryState,
        turn::AuthorKind,
    },
    event::{Event, EventKind},
};
use lotline_sim::{Fault, FaultKind};

use crate::support::{
    db::Fresh,
    desk::Desk,
    shop::{Shop, by, customer},
};

both_engines!(
    reports_in_any_order_end_the_same,
    a_refusal_says_what_to_do,
    an_answer_that_never_arrived_is_a_persons_to_mend,
    a_busy_carrier_is_left_alone_as_long_as_it_asks,
);

async fn open(shop: &Shop, n: usize) -> Lead {
    shop.hears_itself(&customer(n), "hi").await
}

/// Lost: the truth; a message that arrived looks lost, and is sent again.
async fn reports_in_any_order_end_the_same(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let kinds = [
        vec![FaultKind::CallbacksReordered],
        vec![FaultKind::CallbacksDuplicated],
        vec![FaultKind::CallbacksBeforeAnswer],
        vec![FaultKind::CallbacksReordered, FaultKind::CallbacksDuplicated],
        vec![FaultKind::CallbacksReordered, FaultKind::CallbacksBeforeAnswer],
    ];
    for (round, faults) in kinds.into_iter().enumerate() {
        for kind in &faults {
            desk.sim.set_fault(Fault::always(kind.clone()));
        }
        let sent = join_all((0..8).map(|n| {
            let shop = shop.clone();
            async move {
                let lead = open(&shop, round * 8 + n).await;
                let message = shop.says(&lead, "It is here").await;
                shop.until_state(&lead, &message, DeliveryState::Delivered).await;
                (lead, message)
            }
        }))
        .await;
        desk.until("all reports", |ledger| {
            ledger.outbound.iter().all(|text| text.callbacks.iter().any(|it| it.status == "sending"))
        })
        .await;
        for (lead, message) in sent {
            let now = shop.until_state(&lead, &message, DeliveryState::Delivered).await.delivery.unwrap();
            assert_eq!((now.attempts, now.error_code, now.needs_operator), (1, None, false), "{faults:?}");
        }
        desk.sim.clear_faults();
    }
    let answered = |text: &lotline_sim::Outbound| text.callbacks.iter().all(|it| it.answered == Some(204));
    assert!(desk.sim.ledger().outbound.iter().all(answered));
    assert_eq!(desk.sim.ledger().outbound.len(), 40);
    never_lower(&shop.events_to_the_end().await);
    desk.close().await;
}

/// No message's state is told to go back.
fn never_lower(events: &[Event]) {
    let mut ranks = std::collections::HashMap::new();
    for event in events {
        let rank = match event.kind {
            EventKind::MessageQueued => 0,
            EventKind::MessageAccepted => 1,
            EventKind::MessageSent => 2,
            EventKind::MessageDelivered => 3,
            _ => continue,
        };
        let before = ranks.insert(event.detail.turn_id, rank).unwrap_or(0);
        assert!(before <= rank, "{event:?}");
    }
    assert!(!ranks.is_empty());
}

/// Lost: an hour of an operator who stares at a number.
async fn a_refusal_says_what_to_do(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let refused = [(21211, "not valid"), (21614, "landline"), (21606, "another own number")];
    let late = [(30003, "in an hour"), (30005, "not in service"), (30007, "spam"), (30034, "10DLC")];
    let code = |code, kind: FaultKind| (code, kind);
    let cases = refused.map(|(it, words)| {
        (code(it, FaultKind::Code { status: 400, code: it }), words, DeliveryState::Failed)
    });
    let later = late.map(|(it, words)| {
        let state = if it <= 30008 { DeliveryState::Undelivered } else { DeliveryState::Failed };
        (code(it, FaultKind::DeliveryFails { code: it }), words, state)
    });
    for (n, ((code, kind), words, state)) in cases.into_iter().chain(later).enumerate() {
        let lead = open(&shop, n).await;
        desk.sim.set_fault(Fault::times(1, kind));
        let message = shop.says(&lead, "It is here").await;
        let delivery = shop.until_state(&lead, &message, state).await.delivery.unwrap();
        assert_eq!(delivery.error_code, Some(i64::from(code)));
        assert!(delivery.advice.as_deref().is_some_and(|it| it.contains(words)), "{delivery:?}");
        assert!(shop.lead(&lead).await.waiting_since.is_some(), "{code}: the customer has no answer");
    }
    desk.close().await;
}

/// Lost: the customer whom the AI answered into the void.
async fn an_answer_that_never_arrived_is_a_persons_to_mend(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    desk.sim.set_fault(Fault::times(1, FaultKind::DeliveryFails { code: 30007 }));
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    let lead = shop.until_floor(&lead, FloorKind::Nobody).await;
    assert!(lead.waiting_since.is_some());
    let events = shop.events_to(EventKind::HandoffRequested).await;
    assert_eq!(events.last().unwrap().detail.reason.as_deref(), Some("message_not_delivered"));
    // The disclosure did not arrive either: the next message of the AI makes it.
    shop.floor(&lead, "ai").await;
    let sent = shop.until_sent(&customer(0), 2).await;
    assert!(sent[1].body.contains("AI assistant"), "{}", sent[1].body);
    assert_eq!(by(&shop.thread(&lead).await, AuthorKind::Ai).len(), 2);
    desk.close().await;
}

/// Lost: the account, when a carrier that asks for a pause gets a storm.
async fn a_busy_carrier_is_left_alone_as_long_as_it_asks(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = open(&shop, 0).await;
    desk.sim.set_fault(Fault::times(1, FaultKind::TooManyRequests { retry_after: Some(2) }));
    let begun = std::time::Instant::now();
    let message = shop.says(&lead, "It is here").await;
    let done = shop.until_state(&lead, &message, DeliveryState::Delivered).await.delivery.unwrap();
    assert!(begun.elapsed().as_secs_f64() >= 1.9, "{:?}", begun.elapsed());
    assert_eq!((done.attempts, done.error_code, done.reason), (2, None, None));
    assert_eq!(shop.sent(&customer(0)).len(), 1);
    let waits = |event: &Event| {
        event.detail.turn_id == Some(message.id)
            && event.detail.delivery.as_ref().is_some_and(|it| {
                it.state == DeliveryState::Queued
                    && it.advice.as_deref().is_some_and(|it| it.contains("busy"))
            })
    };
    assert!(shop.events_to_the_end().await.iter().any(waits), "the wait was shown");
    desk.close().await;
}
