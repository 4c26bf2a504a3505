//! A machine whose clock is far from the carrier's: what the carrier's lists say is understood all the same.

use lotline_common::api::{alarm::AlarmKind, message::DeliveryState, turn::Turn};
use lotline_sim::{Fault, FaultKind};

use crate::support::{
    db::Fresh,
    desk::{Desk, PATIENCE, Times},
    eventually,
    shop::{customer, markers, state_of},
};

both_engines!(evidence_is_found_by_a_wrong_clock, a_missed_text_is_fetched_by_a_wrong_clock);

/// So many seconds is the carrier's clock ahead of ours.
const APART: [i64; 2] = [-1_800, 1_800];

/// Lost: dignity. A customer gets a text twice when the list's proof of the first seems to be of long before.
async fn evidence_is_found_by_a_wrong_clock(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    desk.sim.set_fault(Fault::always(FaultKind::CallbacksNever));
    for (n, apart) in APART.into_iter().enumerate() {
        desk.sim.set_clock(apart);
        let lead = shop.hears_itself(&customer(n), "hi").await;
        desk.sim.set_fault(Fault::times(1, FaultKind::AcceptThen500));
        let message = shop.says(&lead, "It is here").await;
        let settled = |turn: &Turn| {
            use DeliveryState::{Accepted, Delivered, Sent};
            turn.id == message.id && matches!(state_of(turn), Some(Accepted | Sent | Delivered))
        };
        let thread = shop.until_thread(&lead, "settled", |thread| thread.iter().any(settled)).await;
        let delivery = thread.into_iter().find(|turn| settled(turn)).unwrap().delivery.unwrap();
        assert_eq!((delivery.attempts, shop.sent(&customer(n)).len()), (1, 1), "{apart} s");
    }
    desk.close().await;
}

/// Lost: every customer whose webhook was lost, for as long as the clock is ahead; and the hint that it is.
async fn a_missed_text_is_fetched_by_a_wrong_clock(db: &Fresh) {
    let desk = Desk::with(db, Times { list: "200ms", ..Times::default() }).await;
    let shop = desk.shop(1).await;
    desk.cut_off(&shop);
    for (n, apart) in APART.into_iter().enumerate() {
        desk.sim.set_clock(apart);
        shop.text(&customer(n), "Is the Civic still there?").await;
        shop.until_sent(&customer(n), 1).await;
        let lead = shop.find(&customer(n)).await.unwrap();
        assert_eq!(markers(&shop.thread(&lead).await), [""; 0], "it came in time");
        let alarm = shop.alarms().await.into_iter().find(|(kind, _)| *kind == AlarmKind::ClockWrong);
        let ours = if apart < 0 { "+30m" } else { "-" };
        assert!(alarm.unwrap().1.unwrap().starts_with(ours));
    }
    desk.sim.set_clock(0);
    let kinds = async || shop.alarms().await.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    eventually(PATIENCE, async || !kinds().await.contains(&AlarmKind::ClockWrong)).await;
    desk.close().await;
}
