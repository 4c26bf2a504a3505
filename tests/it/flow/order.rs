//! A conversation leaves in the order in which it was written.

use std::time::Duration;

use futures::future::join_all;
use lotline_common::{At, api::message::DeliveryState};
use lotline_sim::{Fault, FaultKind};
use serde_json::json;

use crate::support::{
    db::Fresh,
    desk::Desk,
    shop::{customer, turn},
};

/// After this a text that waits for its turn looks again by itself.
const TIMER: Duration = Duration::from_secs(5);

both_engines!(texts_leave_in_order, a_delayed_text_is_not_overtaken);

/// Lost: sense. "No" before "May I bring my dog?" is another conversation.
async fn texts_leave_in_order(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let conversations = (0..10).map(|n| {
        let shop = shop.clone();
        async move {
            let lead = shop.hears_itself(&customer(n), "hi").await;
            let bodies: Vec<String> = (0..6).map(|n| format!("part {n}")).collect();
            for (n, body) in bodies.iter().enumerate() {
                // Held and immediate ones mixed: an undo window of one does not let a later one pass at its end.
                let hold = if n < 3 { json!({}) } else { json!({"hold_seconds": 1}) };
                assert_eq!(shop.send(&lead, body, hold).await.status, 202);
            }
            let sent = shop.until_sent(&customer(n), 6).await;
            assert_eq!(
                sent.iter().map(|text| &text.body).collect::<Vec<_>>(),
                bodies.iter().collect::<Vec<_>>()
            );
        }
    });
    join_all(conversations).await;
    assert_eq!(desk.sim.ledger().outbound.len(), 60);
    desk.close().await;
}

/// Lost: the same, when the carrier is busy for the first and free for the second.
async fn a_delayed_text_is_not_overtaken(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    for (n, kind) in [
        FaultKind::TooManyRequests { retry_after: Some(1) },
        FaultKind::Slow { ms: 500 },
        FaultKind::AcceptThen500,
    ]
    .into_iter()
    .enumerate()
    {
        let lead = shop.hears_itself(&customer(n), "hi").await;
        desk.sim.set_fault(Fault::times(1, kind.clone()));
        let first = shop.says(&lead, "first").await;
        let second = turn(&shop.send(&lead, "second", json!({"hold_seconds": 0})).await);
        shop.until_state(&lead, &first, DeliveryState::Delivered).await;
        shop.until_state(&lead, &second, DeliveryState::Delivered).await;
        let bodies: Vec<String> = shop.sent(&customer(n)).into_iter().map(|text| text.body).collect();
        assert_eq!(bodies, ["first", "second"], "{kind:?}");
        let attempts = desk.attempts().await.into_iter().filter(|(to, _)| *to == customer(n));
        let left = At::from_micros(attempts.map(|(_, at)| at).max().unwrap());
        assert!(left.since(second.at) < TIMER, "{kind:?}: the second is woken by the first, not by a timer");
    }
    desk.close().await;
}
