//! A member's message: held, recalled, sent once, refused where it must be.

use futures::future::join_all;
use lotline_common::api::{
    auth::Role,
    message::{DeliveryState, Recalled},
    turn::AuthorKind,
};
use serde_json::json;
use uuid::Uuid;

use crate::support::{
    db::Fresh,
    desk::Desk,
    shop::{by, customer, send, state_of, turn},
};

both_engines!(
    a_held_message_can_be_taken_back,
    what_was_recalled_never_left,
    one_intent_is_one_message,
    what_may_not_be_sent_is_refused,
);

/// Lost: the text to the wrong customer, noticed a second too late.
async fn a_held_message_can_be_taken_back(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    shop.until_sent(&customer(0), 1).await;
    let held = turn(&shop.send(&lead, "Your loan was denied", json!({"hold_seconds": 20})).await);
    let delivery = held.delivery.clone().unwrap();
    assert_eq!(delivery.state, DeliveryState::Held);
    assert!(delivery.hold_until.is_some());
    let recall = format!("/api/v1/messages/{}/recall", held.id);
    let recalled: Recalled = serde_json::from_str(&shop.admin.post(&recall, json!({})).await.text).unwrap();
    assert_eq!(recalled.draft.text, "Your loan was denied");
    assert_eq!(shop.drafts(&lead).await, [recalled.draft]);
    assert_eq!(shop.admin.post(&recall, json!({})).await.problem(), (409, "not_held".to_owned()));

    let message = turn(&shop.send(&lead, "It is here", json!({})).await);
    assert_eq!(state_of(&message), Some(DeliveryState::Held), "the default undo window");
    shop.until_state(&lead, &message, DeliveryState::Delivered).await;
    let late = format!("/api/v1/messages/{}/recall", message.id);
    assert_eq!(shop.admin.post(&late, json!({})).await.problem().0, 409);
    let bodies: Vec<String> = shop.sent(&customer(0)).into_iter().skip(1).map(|text| text.body).collect();
    assert_eq!(bodies, ["It is here"]);
    desk.close().await;
}

/// Lost: the meaning of "taken back", when a message is both a draft again and on the customer's phone.
async fn what_was_recalled_never_left(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let races = (0..24).map(|n| {
        let shop = shop.clone();
        async move {
            let phone = customer(n);
            let lead = shop.hears_itself(&phone, "hi").await;
            let held = turn(&shop.send(&lead, "careful", json!({"hold_seconds": 1})).await);
            let until = held.delivery.as_ref().unwrap().hold_until.unwrap();
            // As close to the end of the undo window as can be: there the two race.
            let left = until.since(lotlined::clock::Clock::system().now());
            tokio::time::sleep(left).await;
            let recall = format!("/api/v1/messages/{}/recall", held.id);
            let recalled = shop.admin.post(&recall, json!({})).await.status;
            if recalled == 200 {
                shop.until_state(&lead, &held, DeliveryState::Recalled).await;
            } else {
                assert_eq!(recalled, 409);
                shop.until_state(&lead, &held, DeliveryState::Delivered).await;
            }
            (phone, recalled.as_u16())
        }
    });
    let outcomes = join_all(races).await;
    desk.at_rest().await;
    for (phone, recalled) in outcomes {
        assert_eq!(shop.sent(&phone).len(), usize::from(recalled == 409), "{phone} {recalled}");
    }
    desk.close().await;
}

/// Lost: dignity, when a flaky connection at the console sends one text five times.
async fn one_intent_is_one_message(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears_itself(&customer(0), "Is the Civic there?").await;
    let intent = json!({"client_id": Uuid::now_v7(), "hold_seconds": 0});
    let answers = join_all((0..20).map(|_| shop.send(&lead, "It is here", intent.clone()))).await;
    let ids: Vec<_> = answers.iter().map(|answer| turn(answer).id).collect();
    assert!(answers.iter().all(|answer| answer.status == 202) && ids.iter().all(|id| *id == ids[0]));
    shop.until_state(&lead, &turn(&answers[0]), DeliveryState::Delivered).await;
    assert_eq!(turn(&shop.send(&lead, "It is here", intent.clone()).await).id, ids[0], "later, too");
    assert_eq!(by(&shop.thread(&lead).await, AuthorKind::Member).len(), 1);
    assert_eq!(shop.sent(&customer(0)).len(), 1);
    let other = shop.send(&lead, "other words", intent.clone()).await;
    assert_eq!(other.problem(), (409, "client_id_used".to_owned()));
    let elsewhere = shop.hears(&customer(1), "hi").await;
    assert_eq!(shop.send(&elsewhere, "It is here", intent).await.problem().0, 409);
    desk.close().await;
}

/// Lost: what should never have been sent, by people who should never have sent it.
async fn what_may_not_be_sent_is_refused(db: &Fresh) {
    let desk = Desk::open(db).await;
    let (shop, other) = (desk.shop(1).await, desk.shop(2).await);
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    shop.until_sent(&customer(0), 1).await;
    let lead = shop.lead(&lead).await;
    let long = "x".repeat(1_601);
    let cases = [
        ("", json!({})),
        (" \n ", json!({})),
        (long.as_str(), json!({})),
        ("bell \u{7}", json!({})),
        ("fine", json!({"hold_seconds": 31})),
        ("fine", json!({"client_id": "not an id"})),
        ("fine", json!({"send_at": "2099-01-01T00:00:00Z"})),
        ("fine", json!({"to": "+13035550150"})),
    ];
    for (body, more) in cases {
        let answer = shop.send(&lead, body, more.clone()).await;
        assert_eq!(answer.status, 400, "{body:?} {more}: {}", answer.text);
    }
    let stale = shop.send(&lead, "fine", json!({"expected_turn": lead.turn_seq - 1})).await;
    assert_eq!(stale.problem(), (409, "thread_changed".to_owned()));
    let viewer = desk.member(&shop, Role::Viewer).await;
    assert_eq!(send(&viewer, &lead, "fine", json!({})).await.status, 403);
    assert_eq!(send(&desk.stranger, &lead, "fine", json!({})).await.status, 401);
    assert_eq!(send(&other.admin, &lead, "fine", json!({})).await.problem(), (404, "not_found".to_owned()));
    assert_eq!(shop.lead(&lead).await.version, lead.version, "nothing of it moved anything");

    let longest = "é".repeat(1_600);
    let seen = json!({"hold_seconds": 0, "expected_turn": lead.turn_seq});
    let message = turn(&shop.send(&lead, &longest, seen).await);
    shop.until_state(&lead, &message, DeliveryState::Delivered).await;
    let foreign = format!("/api/v1/messages/{}/recall", message.id);
    assert_eq!(other.admin.post(&foreign, json!({})).await.status, 404);
    assert_eq!(shop.sent(&customer(0)).len(), 2);
    desk.close().await;
}
