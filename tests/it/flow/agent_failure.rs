//! An AI that fails: the customer is never told nonsense, and a person always learns of it.

use futures::future::join_all;
use lotline_common::{
    api::{lead::FloorKind, turn::AuthorKind},
    event::EventKind,
};
use lotline_sim::{Behaviour, BehaviourRule};

use crate::support::{
    db::Fresh,
    desk::{Desk, Times},
    shop::{Shop, by, customer, markers},
};

both_engines!(
    a_person_hears_of_every_way_to_fail,
    a_failure_that_passes_costs_the_customer_nothing,
    a_store_without_an_agent_still_has_people,
);

const CLOSES: [u16; 5] = [1000, 1002, 1008, 1011, 4000];
const ERRORS: [&str; 9] = [
    "missing_dynamic_variable",
    "override_error",
    "invalid_message",
    "llm_timeout",
    "transport_receive_timeout",
    "max_duration_exceeded",
    "safety_violation",
    "unknown_websocket_crash",
    "a_type_of_next_year",
];

fn failures() -> Vec<Behaviour> {
    let closes = CLOSES.map(|code| Behaviour::Close { code });
    let errors = ERRORS.map(|error_type| Behaviour::Error { error_type: error_type.to_owned() });
    let others = [
        Behaviour::TooManyConcurrentRequests,
        Behaviour::Unauthorized,
        Behaviour::RefuseOverrides,
        Behaviour::Silent,
        Behaviour::EmptyAnswer,
        Behaviour::InvalidJson,
        Behaviour::HugeAnswer { bytes: 2_000 },
        Behaviour::HugeAnswer { bytes: 20_000 },
        Behaviour::HugeAnswer { bytes: 1_000_000 },
        Behaviour::Says { text: "\u{1b}]0;owned\u{7} we guarantee it".to_owned() },
    ];
    closes.into_iter().chain(errors).chain(others).collect()
}

/// Lost: the customer nobody ever answered, because a machine failed in silence.
async fn a_person_hears_of_every_way_to_fail(db: &Fresh) {
    let desk = Desk::with(db, Times { answer: "1s", ..Times::default() }).await;
    let failures = failures();
    let mut shops = Vec::new();
    for (n, behaviour) in failures.iter().enumerate() {
        let shop = desk.shop(n + 1).await;
        desk.sim.set_behaviour(BehaviourRule::always(behaviour.clone()).for_agent(&shop.agent_id));
        shops.push(shop);
    }
    let heard = shops.iter().zip(&failures).map(|(shop, behaviour)| hands_over(shop, behaviour));
    join_all(heard).await;
    assert_eq!(desk.sim.ledger().outbound, [], "nothing was said");
    // Some of these failures are ones in which the agent refuses what is right: that is the fault under test.
    desk.sim.clear_behaviours();
    desk.close_whatever_the_vendors_say().await;
}

async fn hands_over(shop: &Shop, behaviour: &Behaviour) {
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    let lead = shop.until_floor(&lead, FloorKind::Nobody).await;
    assert!(lead.waiting_since.is_some(), "{behaviour:?}: the customer still waits");
    let events = shop.events_to(EventKind::HandoffRequested).await;
    assert!(events.last().unwrap().detail.reason.is_some(), "{behaviour:?}");
    let thread = shop.thread(&lead).await;
    assert_eq!(markers(&thread).len(), 1, "{behaviour:?}");
    assert_eq!(by(&thread, AuthorKind::Ai).len(), 0, "{behaviour:?}");
    assert!((0..=3).contains(&shop.conversations().len()), "{behaviour:?}: at most three tries");
}

/// Lost: a person's minute for every hiccup of a vendor.
async fn a_failure_that_passes_costs_the_customer_nothing(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shops = [desk.shop(1).await, desk.shop(2).await, desk.shop(3).await];
    let passing =
        [Behaviour::Close { code: 1011 }, Behaviour::TooManyConcurrentRequests, Behaviour::SignatureExpired];
    for (shop, behaviour) in shops.iter().zip(passing) {
        desk.sim.set_behaviour(BehaviourRule::times(1, behaviour).for_agent(&shop.agent_id));
    }
    join_all(shops[..2].iter().map(async |shop| {
        let lead = shop.hears(&customer(0), "Is the Civic there?").await;
        shop.until_sent(&customer(0), 1).await;
        assert_eq!(shop.lead(&lead).await.floor.kind, FloorKind::Ai);
    }))
    .await;
    desk.close().await;
}

/// Lost: every text of a store that has not set up its AI yet.
async fn a_store_without_an_agent_still_has_people(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop_without_agent(1).await;
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    shop.until_floor(&lead, FloorKind::Nobody).await;
    let events = shop.events_to(EventKind::HandoffRequested).await;
    assert_eq!(events.last().unwrap().detail.reason.as_deref(), Some("no_agent_configured"));
    shop.says(&lead, "Yes, come by").await;
    shop.until_sent(&customer(0), 1).await;
    desk.close().await;
}
