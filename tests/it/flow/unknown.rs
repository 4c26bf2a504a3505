//! A send whose outcome nobody told us: never guessed, never doubled, and settled by evidence or by a person.

use lotline_common::{
    api::{
        lead::Lead,
        message::DeliveryState,
        turn::{Channel, Turn},
    },
    event::EventKind,
};
use lotline_sim::{Fault, FaultKind, FaultPoint};
use lotlined::db::Scope;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{
    db::Fresh,
    desk::{Desk, Times},
    shop::{Shop, customer, markers, state_of, turn},
};

both_engines!(
    a_report_settles_what_no_answer_did,
    the_carriers_list_settles_what_no_report_did,
    what_the_carrier_does_not_have_is_sent_once_more,
    a_second_unknown_is_a_persons_to_settle,
    a_list_that_cannot_be_read_hides_nothing,
    two_equal_texts_are_told_apart,
);

const ACCEPTED_UNTOLD: [FaultKind; 3] =
    [FaultKind::AcceptThen500, FaultKind::AcceptThenDrop, FaultKind::CutAfterNBytes { bytes: 40 }];

const UNREADABLE: FaultKind = FaultKind::Code { status: 503, code: 20503 };

async fn open(shop: &Shop, n: usize) -> Lead {
    shop.hears_itself(&customer(n), "hi").await
}

/// Lost: dignity. A customer who gets the same text twice knows that nobody reads.
async fn a_report_settles_what_no_answer_did(db: &Fresh) {
    // The list is never asked in this test's time: only a report can settle it.
    let times = Times { reconcile: r#"["1h", "2h"]"#, ..Times::default() };
    let desk = Desk::with(db, times).await;
    let shop = desk.shop(1).await;
    let mut messages = Vec::new();
    for (n, kind) in ACCEPTED_UNTOLD.into_iter().chain([FaultKind::AcceptThenHang]).enumerate() {
        desk.sim.set_fault(Fault::times(1, kind));
        let lead = open(&shop, n).await;
        let message = shop.says(&lead, "It is here").await;
        shop.until_sent(&customer(n), 1).await;
        messages.push((lead, message));
    }
    for (n, (lead, message)) in messages.iter().enumerate() {
        let done = shop.until_state(lead, message, DeliveryState::Delivered).await.delivery.unwrap();
        assert_eq!((done.attempts, done.reason, done.needs_operator), (1, None, false));
        assert_eq!(shop.sent(&customer(n)).len(), 1);
    }
    desk.close().await;
}

/// Lost: the same, where the carrier's reports cannot reach us.
async fn the_carriers_list_settles_what_no_report_did(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    desk.sim.set_fault(Fault::always(FaultKind::CallbacksNever));
    for (n, kind) in ACCEPTED_UNTOLD.into_iter().enumerate() {
        // The first look fails: a list that cannot be read is no evidence of absence.
        desk.sim.set_fault(Fault::times(1, UNREADABLE).at(FaultPoint::ReadMessages));
        desk.sim.set_fault(Fault::times(1, kind));
        let lead = open(&shop, n).await;
        let message = shop.says(&lead, "It is here").await;
        // The list says how far it was when it was looked at.
        let taken = |turn: &Turn| {
            use DeliveryState::{Accepted, Delivered, Sent};
            turn.id == message.id && matches!(state_of(turn), Some(Accepted | Sent | Delivered))
        };
        let thread = shop.until_thread(&lead, "taken", |thread| thread.iter().any(taken)).await;
        let seen = thread.into_iter().find(|turn| turn.id == message.id).unwrap().delivery.unwrap();
        assert_eq!((seen.attempts, seen.reason), (1, None));
        assert_eq!(shop.sent(&customer(n)).len(), 1);
    }
    let events = shop.events_to(EventKind::MessageUnknown).await;
    let told = events.last().unwrap().detail.delivery.clone().unwrap();
    assert!(told.advice.unwrap().contains("may or may not"), "shown as what it is meanwhile");
    desk.close().await;
}

/// Lost: the text that never left, taken for one that did.
async fn what_the_carrier_does_not_have_is_sent_once_more(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    desk.sim.set_fault(Fault::always(FaultKind::CallbacksNever));
    for (n, kind) in [FaultKind::Refuse, FaultKind::Code { status: 500, code: 20500 }].into_iter().enumerate()
    {
        let lead = open(&shop, n).await;
        desk.sim.set_fault(Fault::times(1, kind));
        let message = shop.says(&lead, "It is here").await;
        let done = shop.until_state(&lead, &message, DeliveryState::Accepted).await.delivery.unwrap();
        assert_eq!(done.attempts, 2);
        assert_eq!(shop.sent(&customer(n)).len(), 1);
    }
    desk.close().await;
}

async fn needs_operator(shop: &Shop, lead: &Lead, body: &str) -> Turn {
    let message = shop.says(lead, body).await;
    let stuck = |turn: &Turn| {
        turn.id == message.id && turn.delivery.as_ref().is_some_and(|delivery| delivery.needs_operator)
    };
    let thread = shop.until_thread(lead, "a person is needed", |thread| thread.iter().any(stuck)).await;
    thread.into_iter().find(|turn| turn.id == message.id).unwrap()
}

/// Lost: either a text or the customer's patience, when a machine guesses twice.
async fn a_second_unknown_is_a_persons_to_settle(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    for (n, (word, state)) in [
        ("sent", DeliveryState::Accepted),
        ("not_sent", DeliveryState::Failed),
        ("send_again", DeliveryState::Delivered),
    ]
    .into_iter()
    .enumerate()
    {
        let lead = open(&shop, n).await;
        desk.sim.set_fault(Fault::times(2, FaultKind::Code { status: 500, code: 20500 }));
        let stuck = needs_operator(&shop, &lead, "It is here").await;
        let delivery = stuck.delivery.clone().unwrap();
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Unknown, 2));
        assert!(delivery.advice.unwrap().contains("settle it"));
        assert_eq!(shop.sent(&customer(n)).len(), 0, "nothing was sent a third time");
        // It does not hold up what comes after it.
        let next = shop.says(&lead, "And it is silver").await;
        shop.until_state(&lead, &next, DeliveryState::Delivered).await;

        let path = format!("/api/v1/messages/{}/resolve", stuck.id);
        assert_eq!(shop.admin.post(&path, json!({"as": "perhaps"})).await.status, StatusCode::BAD_REQUEST);
        let settled = shop.admin.post(&path, json!({"as": word})).await;
        assert_eq!(settled.status, StatusCode::OK, "{word}: {}", settled.text);
        assert_eq!(turn(&settled).channel, Some(Channel::Sms));
        let done = shop.until_state(&lead, &stuck, state).await.delivery.unwrap();
        assert!(!done.needs_operator);
        let again = usize::from(word == "send_again");
        assert_eq!(shop.sent(&customer(n)).len(), 1 + again, "{word}");
        assert!(markers(&shop.thread(&lead).await).iter().any(|it| it.contains("settled it")));
        assert_eq!(shop.admin.post(&path, json!({"as": word})).await.problem().0, 409);
    }
    desk.close().await;
}

/// Lost: a text that nobody knows of and nobody is asked about, and whatever was written after it.
async fn a_list_that_cannot_be_read_hides_nothing(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    desk.sim.set_fault(Fault::always(FaultKind::CallbacksNever));
    desk.sim.set_fault(Fault::always(UNREADABLE).at(FaultPoint::ReadMessages));
    let lead = open(&shop, 0).await;
    desk.sim.set_fault(Fault::times(1, FaultKind::AcceptThen500));
    let message = shop.says(&lead, "It is here").await;
    shop.until_state(&lead, &message, DeliveryState::Unknown).await;
    // The ten minutes after which it would be stale go by.
    let past = "UPDATE deliveries SET stale_at = stale_at - 3600000000 WHERE state = 'unknown'";
    let gone = desk
        .beside()
        .await
        .db
        .write(Scope::System, move |tx| Box::pin(async move { tx.query(past).execute().await }));
    assert_eq!(gone.await.unwrap(), 1);
    let shown = |turn: &Turn| {
        turn.id == message.id && turn.delivery.as_ref().is_some_and(|delivery| delivery.needs_operator)
    };
    shop.until_thread(&lead, "a person is asked", |thread| thread.iter().any(shown)).await;
    // What comes after it goes on its way.
    let next = shop.says(&lead, "And it is silver").await;
    shop.until_state(&lead, &next, DeliveryState::Accepted).await;
    let settled =
        shop.admin.post(&format!("/api/v1/messages/{}/resolve", message.id), json!({"as": "sent"})).await;
    assert_eq!(settled.status, StatusCode::OK, "{}", settled.text);
    assert_eq!(shop.sent(&customer(0)).len(), 2, "neither was sent twice");
    desk.close().await;
}

/// What was sent so far was sent too long ago to be the same words by a slip.
async fn age(desk: &Desk) {
    let done = desk.beside().await.db.write(Scope::System, |tx| {
        let past = "UPDATE deliveries SET created_at = created_at - 3600000000";
        Box::pin(async move { tx.query(past).execute().await })
    });
    done.await.unwrap();
}

/// Lost: one of two equal texts, when the evidence for the first is taken for the second as well.
async fn two_equal_texts_are_told_apart(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    desk.sim.set_fault(Fault::always(FaultKind::CallbacksNever));
    let lead = open(&shop, 0).await;
    let first = shop.says(&lead, "Any news?").await;
    shop.until_state(&lead, &first, DeliveryState::Accepted).await;
    desk.sim.set_fault(Fault::times(1, FaultKind::Code { status: 500, code: 20500 }));
    age(&desk).await;
    let second = shop.says(&lead, "Any news?").await;
    let done = shop.until_state(&lead, &second, DeliveryState::Accepted).await.delivery.unwrap();
    assert_eq!(done.attempts, 2, "the first one's entry in the list proves nothing of the second");
    assert_eq!(shop.sent(&customer(0)).len(), 2);
    desk.sim.set_fault(Fault::times(1, UNREADABLE).at(FaultPoint::ReadMessages));
    assert_eq!(desk.sim.faults().len(), 2, "nobody asks the list without need");
    desk.close().await;
}
