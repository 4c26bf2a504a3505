//! A vendor in trouble: it is left alone, others are not held up, and what was given up is a person's to decide.

use std::time::Instant;

use futures::future::{join, join_all};
use lotline_common::{
    Page,
    api::{
        alarm::AlarmKind,
        dead_letter::DeadLetter,
        lead::{FloorKind, Lead},
        message::DeliveryState,
        turn::Turn,
    },
    event::EventKind,
};
use lotline_sim::{Behaviour, BehaviourRule, Fault, FaultKind};
use lotlined::db::Scope;
use serde_json::json;

use crate::support::{
    db::Fresh,
    desk::{Desk, PATIENCE, Times},
    eventually,
    shop::{Shop, customer, state_of, turn},
};

both_engines!(
    refused_credentials_pause_one_organization_until_there_are_new_ones,
    a_carrier_in_trouble_is_left_alone_and_asked_by_one,
    an_agent_in_trouble_costs_a_customer_no_time,
    a_flood_of_one_does_not_hold_up_another,
    given_up_work_is_tried_again_or_let_go,
    the_same_words_are_not_sent_twice,
);

async fn alarms(shop: &Shop) -> Vec<AlarmKind> {
    shop.alarms().await.into_iter().map(|(kind, _)| kind).collect()
}

async fn until_alarms(shop: &Shop, expected: &[AlarmKind]) {
    eventually(PATIENCE, async || alarms(shop).await == expected).await;
}

/// Texts to customers `from..to` of this shop, one each.
async fn says(shop: &Shop, from: usize, to: usize) -> Vec<(Lead, Turn)> {
    join_all((from..to).map(async |n| {
        let lead = shop.hears_itself(&customer(n), "hi").await;
        let message = shop.says(&lead, "It is here").await;
        (lead, message)
    }))
    .await
}

/// Lost: a queue full of texts, failed one by one for want of a token that an admin would have entered in a minute.
async fn refused_credentials_pause_one_organization_until_there_are_new_ones(db: &Fresh) {
    let desk = Desk::open(db).await;
    let (shop, other) = (desk.shop(1).await, desk.shop(2).await);
    desk.sim.set_fault(Fault::always(FaultKind::Unauthorized).for_account(&shop.account));
    let messages = says(&shop, 0, 4).await;
    until_alarms(&shop, &[AlarmKind::CarrierCredentials]).await;
    shop.events_to(EventKind::AlarmRaised).await;
    for (lead, message) in &messages {
        let still = |thread: &[Turn]| {
            thread.iter().any(|it| it.id == message.id && state_of(it) == Some(DeliveryState::Queued))
        };
        shop.until_thread(lead, "it waits", still).await;
    }
    let (lead, message) = says(&other, 10, 11).await.remove(0);
    other.until_state(&lead, &message, DeliveryState::Delivered).await;
    assert_eq!(alarms(&other).await, []);
    // The pause is minutes long: only the new credentials can end it in this test's time.
    desk.sim.clear_faults();
    let account = json!({"provider": "twilio", "account_sid": shop.account, "auth_token": shop.token});
    assert_eq!(shop.admin.put("/api/v1/carrier", account).await.status, 200);
    for (lead, message) in &messages {
        shop.until_state(lead, message, DeliveryState::Delivered).await;
    }
    assert_eq!(alarms(&shop).await, []);
    desk.close().await;
}

/// Lost: dignity, or the evening's texts: a carrier that comes back is felled again by all of them at once.
async fn a_carrier_in_trouble_is_left_alone_and_asked_by_one(db: &Fresh) {
    // An unknown outcome is not sent again while the breaker is still counting.
    let desk = Desk::with(db, Times { reconcile: r#"["3s", "4s", "5s"]"#, ..Times::default() }).await;
    let shop = desk.shop(1).await;
    desk.sim.set_fault(Fault::always(FaultKind::TooManyRequests { retry_after: Some(5) }));
    let mut messages = says(&shop, 0, 1).await;
    eventually(PATIENCE, async || desk.count("breakers WHERE openings > 0").await == 1).await;
    let begun = Instant::now();
    messages.extend(says(&shop, 1, 12).await);
    let tried = desk.count("deliveries WHERE attempts > 0").await;
    let pauses = i64::try_from(begun.elapsed().as_secs() / 5).unwrap();
    assert!(tried <= 2 + pauses, "{tried} were tried, one in five seconds may be");
    assert_eq!(alarms(&shop).await, [], "a pause that was asked for is no trouble");
    desk.sim.clear_faults();
    for (lead, message) in &messages {
        shop.until_state(lead, message, DeliveryState::Delivered).await;
    }
    assert!((0..12).all(|n| shop.sent(&customer(n)).len() == 1));
    assert_eq!(desk.count("breakers").await, 0);

    // Failures without a word of the carrier's on when to come back.
    desk.sim.set_fault(Fault::times(5, FaultKind::Code { status: 500, code: 20500 }));
    let raised = until_alarms(&shop, &[AlarmKind::CarrierUnreachable]);
    let (mut messages, ()) = join(says(&shop, 20, 25), raised).await;
    messages.extend(says(&shop, 25, 28).await);
    for (lead, message) in &messages {
        shop.until_state(lead, message, DeliveryState::Delivered).await;
    }
    assert!((20..28).all(|n| shop.sent(&customer(n)).len() == 1));
    assert_eq!(alarms(&shop).await, []);
    desk.close().await;
}

/// Lost: half a minute of every customer's patience, while a machine asks a machine that is not there.
async fn an_agent_in_trouble_costs_a_customer_no_time(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    desk.sim.set_behaviour(BehaviourRule::always(Behaviour::Unauthorized).for_agent(&shop.agent_id));
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    shop.until_floor(&lead, FloorKind::Nobody).await;
    until_alarms(&shop, &[AlarmKind::AgentUnreachable]).await;
    let asked = shop.conversations().len();
    desk.sim.clear_behaviours();
    let lead = shop.hears(&customer(1), "Is the Civic there?").await;
    shop.until_floor(&lead, FloorKind::Nobody).await;
    assert_eq!(shop.conversations().len(), asked, "it is left alone");
    let profile = json!({"provider": "elevenlabs", "agent_id": shop.agent_id, "api_key": shop.agent_key,
        "persona": "Ava"});
    assert_eq!(shop.admin.put("/api/v1/agent-profile", profile).await.status, 200);
    assert_eq!(alarms(&shop).await, []);
    shop.hears(&customer(2), "Is the Civic there?").await;
    shop.until_sent(&customer(2), 1).await;
    desk.close_whatever_the_vendors_say().await;
}

/// Lost: a small dealer's customers, whenever a large one runs a campaign.
async fn a_flood_of_one_does_not_hold_up_another(db: &Fresh) {
    let desk = Desk::with(db, Times { answer: "20s", ..Times::default() }).await;
    let (flood, other) = (desk.shop(1).await, desk.shop(2).await);
    desk.sim.set_behaviour(BehaviourRule::always(Behaviour::Silent).for_agent(&flood.agent_id));
    let texts = join_all((0..180).map(async |n| flood.text(&customer(n), "Is it there?").await.status)).await;
    assert!(texts.iter().all(|status| *status == 200));
    let under_way = "jobs WHERE kind = 'reply_with_agent' AND state = 'leased'";
    eventually(PATIENCE, async || desk.count(under_way).await >= 60).await;
    other.hears(&customer(200), "Is it there?").await;
    other.until_sent(&customer(200), 1).await;
    assert_eq!(
        desk.count("events WHERE kind = 'handoff.requested'").await,
        0,
        "before one of the flood ended"
    );
    desk.close_whatever_the_vendors_say().await;
}

async fn dead_letters(shop: &Shop) -> Vec<DeadLetter> {
    let answer = shop.admin.get("/api/v1/dead-letters").await;
    serde_json::from_str::<Page<DeadLetter>>(&answer.text).unwrap().items
}

/// As if the daemon had died at each of these jobs as often as a job may be begun.
async fn wear_out(desk: &Desk) {
    let done = desk.beside().await.db.write(Scope::System, |tx| {
        Box::pin(async move {
            let worn = "UPDATE jobs SET attempts = 25, run_at = 0 WHERE kind = 'deliver_message'";
            tx.query(worn).execute().await
        })
    });
    done.await.unwrap();
}

/// Lost: a text that nobody knows was never sent, or a desk that dies of the same job for ever.
async fn given_up_work_is_tried_again_or_let_go(db: &Fresh) {
    let desk = Desk::open(db).await;
    let (shop, other) = (desk.shop(1).await, desk.shop(2).await);
    let mut messages = Vec::new();
    for n in 0..2 {
        let lead = shop.hears_itself(&customer(n), "hi").await;
        let message = turn(&shop.send(&lead, "It is here", json!({"hold_seconds": 30})).await);
        messages.push((lead, message));
    }
    wear_out(&desk).await;
    eventually(PATIENCE, async || dead_letters(&shop).await.len() == 2).await;
    let letters = dead_letters(&shop).await;
    assert!(letters.iter().all(|letter| letter.kind == "deliver_message" && letter.attempts == 26));
    assert!(letters[0].last_error.contains("stopped each time"), "{letters:?}");
    assert_eq!((alarms(&shop).await, alarms(&other).await), (vec![AlarmKind::JobsGivenUp], vec![]));
    assert_eq!(dead_letters(&other).await, []);
    let ((lead, message), again) = (&messages[0], of(&letters, &messages[0].0, "retry"));
    assert_eq!(other.admin.post(&again, json!({})).await.status, 404, "it is another's");
    assert_eq!(shop.admin.post(&again, json!({})).await.status, 204);
    assert_eq!(shop.admin.post(&again, json!({})).await.status, 404, "twice is once");
    desk.make_due("deliver_message").await;
    shop.until_state(lead, message, DeliveryState::Delivered).await;
    assert_eq!(shop.sent(&customer(0)).len(), 1);

    let (lead, message) = &messages[1];
    assert_eq!(shop.admin.post(&of(&letters, lead, "give-up"), json!({})).await.status, 204);
    let failed = shop.until_state(lead, message, DeliveryState::Failed).await.delivery.unwrap();
    assert!(failed.advice.unwrap().contains("let go"));
    assert_eq!((dead_letters(&shop).await, alarms(&shop).await), (vec![], vec![]));
    let audit = shop.admin.get("/api/v1/audit?limit=5").await.text;
    assert!(audit.contains("job.retried") && audit.contains("job.given_up"), "{audit}");
    assert_eq!(shop.sent(&customer(1)).len(), 0);
    desk.close().await;
}

fn of(letters: &[DeadLetter], lead: &Lead, verb: &str) -> String {
    let letter = letters.iter().find(|letter| letter.lead_id == Some(lead.id)).unwrap();
    format!("/api/v1/dead-letters/{}/{verb}", letter.id)
}

/// Lost: dignity, when a finger slips on the send key.
async fn the_same_words_are_not_sent_twice(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears_itself(&customer(0), "hi").await;
    let message = shop.says(&lead, "It is here").await;
    let slip = shop.send(&lead, "It is here", json!({})).await;
    assert_eq!(slip.problem(), (409, "same_words".to_owned()));
    shop.until_state(&lead, &message, DeliveryState::Delivered).await;
    assert_eq!(shop.send(&lead, "It is here", json!({})).await.problem().0, 409, "nor after it arrived");
    shop.says(&lead, "It is here.").await;
    shop.until_sent(&customer(0), 2).await;
    desk.close().await;
}
