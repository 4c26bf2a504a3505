//! STOP, START and HELP: what the customer gets, and from whom.

use lotline_common::{
    Page,
    api::{
        consent::{Consent, ConsentKind, ConsentSource},
        turn::AuthorKind,
    },
};
use serde_json::json;

use crate::support::{
    db::Fresh,
    desk::Desk,
    shop::{Shop, by, customer},
};

both_engines!(
    every_spelling_of_stop_stops,
    start_lets_again,
    our_own_confirmation_comes_once,
    help_does_not_swallow_a_question,
    the_carriers_opt_out_is_ours,
);

async fn consents(shop: &Shop, lead: &lotline_common::api::lead::Lead) -> Vec<Consent> {
    let answer = shop.admin.get(&format!("/api/v1/leads/{}/consents", lead.id)).await;
    serde_json::from_str::<Page<Consent>>(&answer.text).unwrap().items
}

/// Lost: 500 to 1,500 dollars for each text after it.
async fn every_spelling_of_stop_stops(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let spellings = [
        "STOP",
        "stop",
        " Stop. ",
        "\"STOP\"",
        "“stop”",
        "StopAll",
        "STOP ALL",
        "unsubscribe!",
        "Cancel",
        "END",
        "quit",
        "OptOut",
        "opt-out",
        "opt out",
        "Revoke",
        "stop\n",
    ];
    for (n, spelling) in spellings.into_iter().enumerate() {
        let lead = shop.hears(&customer(n), spelling).await;
        assert!(lead.opted_out && lead.waiting_since.is_none(), "{spelling:?}: {lead:#?}");
        let ledger = consents(&shop, &lead).await;
        let line = &ledger[0];
        assert_eq!((ledger.len(), line.kind, line.source), (1, ConsentKind::OptOut, ConsentSource::Keyword));
        assert_eq!(line.turn_id, Some(shop.thread(&lead).await[0].id), "the evidence is the text itself");
        let refused = shop.send(&lead, "Are you sure?", json!({})).await;
        assert_eq!(refused.problem(), (422, "refused_by_gate".to_owned()), "{spelling:?}");
        assert_eq!(refused.json()["reasons"][0]["rule"], "opted_out");
        assert_eq!(shop.lead(&lead).await.floor.kind, lead.floor.kind, "a refused message takes no floor");
        // What they say afterwards is heard and not answered by a machine.
        shop.hears(&customer(n), "why do you still text me").await;
    }
    // Had one of them got an answer, it would have left before this customer's.
    shop.hears(&customer(99), "Is the Civic there?").await;
    shop.until_sent(&customer(99), 1).await;
    desk.at_rest().await;
    assert_eq!(desk.sim.ledger().outbound.len(), 1);
    assert!(shop.conversations().len() == 1, "no agent was asked either");
    desk.close().await;
}

/// Lost: a customer who came back.
async fn start_lets_again(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    for (n, start) in ["START", "yes", "unstop"].into_iter().enumerate() {
        shop.hears(&customer(n), "STOP").await;
        let lead = shop.hears(&customer(n), start).await;
        assert!(!lead.opted_out, "{start}");
        let kinds: Vec<_> = consents(&shop, &lead).await.iter().map(|line| line.kind).collect();
        assert_eq!(kinds.len(), 2);
        assert!(kinds.contains(&ConsentKind::OptIn));
        shop.hears(&customer(n), "Is the Civic there?").await;
        shop.until_sent(&customer(n), 1).await;
    }
    // A yes that answers a question opts nobody in or out.
    let lead = shop.hears(&customer(9), "yes").await;
    shop.until_sent(&customer(9), 1).await;
    assert_eq!(consents(&shop, &lead).await, []);
    desk.close().await;
}

/// Lost: the one confirmation the law allows, or the second that it forbids.
async fn our_own_confirmation_comes_once(db: &Fresh) {
    let desk = Desk::open(db).await;
    let carriers = desk.shop(1).await;
    let ours = desk.shop_with(2, json!({"answers_keywords": false})).await;
    for shop in [&carriers, &ours] {
        shop.hears(&customer(0), "STOP").await;
        shop.hears(&customer(0), "STOP").await;
        shop.hears(&customer(1), "HELP").await;
    }
    let stopped = ours.until_sent(&customer(0), 1).await;
    assert!(stopped[0].body.contains("unsubscribed") && stopped[0].body.contains(&ours.name));
    assert!(ours.until_sent(&customer(1), 1).await[0].body.contains("Reply STOP to end"));
    ours.hears(&customer(0), "START").await;
    let started = ours.until_sent(&customer(0), 2).await;
    assert!(started[1].body.contains("subscribed to texts again"));
    for shop in [&carriers, &ours] {
        shop.hears(&customer(2), "Is the Civic there?").await;
        shop.until_sent(&customer(2), 1).await;
    }
    assert_eq!(ours.sent(&customer(0)).len(), 2);
    assert_eq!(carriers.sent(&customer(0)).len() + carriers.sent(&customer(1)).len(), 0);
    let replies = desk.sim.ledger().carrier_replies;
    assert!(replies.iter().all(|reply| reply.from == carriers.own));
    desk.close().await;
}

/// Lost: the question somebody asked a moment before they asked for help.
async fn help_does_not_swallow_a_question(db: &Fresh) {
    let desk = Desk::open(db).await;
    let ours = desk.shop_with(1, json!({"answers_keywords": false})).await;
    let lead = ours.hears(&customer(0), "Is the Civic there?").await;
    ours.hears(&customer(0), "HELP").await;
    let answered = |thread: &[_]| by(thread, AuthorKind::Ai).len() == 1;
    ours.until_thread(&lead, "an answer of the AI", answered).await;
    assert_eq!(ours.until_sent(&customer(0), 2).await.len(), 2, "the standard text and the answer");
    let asked = ours.conversations().pop().unwrap().user_messages.pop().unwrap().text;
    assert!(asked.starts_with("Is the Civic there?"), "{asked}");
    assert_eq!(ours.lead(&lead).await.waiting_since, None);
    let lead = ours.hears(&customer(1), "HELP").await;
    assert_eq!(lead.waiting_since, None, "HELP alone waits for nobody");
    desk.close().await;
}

/// Lost: the account, when we go on texting somebody who told the carrier to stop us.
async fn the_carriers_opt_out_is_ours(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    shop.until_sent(&customer(0), 1).await;
    let code = lotline_sim::FaultKind::Code { status: 400, code: 21610 };
    desk.sim.set_fault(lotline_sim::Fault::times(1, code));
    let message = shop.says(&lead, "Still interested?").await;
    let refused = shop.until_state(&lead, &message, "refused".parse().unwrap()).await;
    let delivery = refused.delivery.unwrap();
    assert_eq!(delivery.error_code, Some(21610));
    assert!(delivery.advice.unwrap().contains("opted out at the carrier"));
    let lead = shop.lead(&lead).await;
    assert!(lead.opted_out);
    assert_eq!(consents(&shop, &lead).await[0].source, ConsentSource::Carrier);
    let again = shop.send(&lead, "Hello?", json!({"hold_seconds": 0})).await;
    assert_eq!(again.problem().0, 422);
    assert_eq!(shop.sent(&customer(0)).len(), 1);
    desk.close().await;
}
