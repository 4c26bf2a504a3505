//! What the AI says to a customer, and what of it leaves.

use lotline_common::{
    api::{lead::FloorKind, turn::AuthorKind},
    event::EventKind,
};
use lotline_sim::{Behaviour, BehaviourRule};
use serde_json::{Value, json};

use crate::support::{
    db::Fresh,
    desk::Desk,
    shop::{Shop, by, customer, markers},
};

both_engines!(
    the_ai_names_itself_once_and_never_denies_it,
    a_price_it_made_up_waits_for_a_person,
    what_is_said_is_the_last_version_and_once,
    its_tools_reach_people_and_the_ledger,
    the_agent_knows_everything_it_may_and_no_more,
);

fn behave(desk: &Desk, shop: &Shop, behaviour: Behaviour) {
    desk.sim.set_behaviour(BehaviourRule::times(1, behaviour).for_agent(&shop.agent_id));
}

fn says(text: &str) -> Behaviour {
    Behaviour::Says { text: text.to_owned() }
}

/// Lost: 2,500 dollars for each text in which a machine passed for a person.
async fn the_ai_names_itself_once_and_never_denies_it(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    for answer in ["It is here.", "Yes, until eight."] {
        behave(&desk, &shop, says(answer));
    }
    behave(&desk, &shop, Behaviour::DeniesBeingAi);
    behave(&desk, &shop, Behaviour::DeniesBeingAi);
    let sentence = "This is Ava, Example Motors 1's AI assistant.";
    let truth = "Yes, I'm an AI assistant for Example Motors 1.";
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    assert_eq!(shop.until_sent(&customer(0), 1).await[0].body, format!("{sentence} It is here."));
    shop.hears(&customer(0), "Are you open late?").await;
    assert_eq!(shop.until_sent(&customer(0), 2).await[1].body, "Yes, until eight.");
    shop.hears(&customer(0), "wait, are you a bot?").await;
    let third = shop.until_sent(&customer(0), 3).await[2].body.clone();
    assert!(third.starts_with(truth) && !third.contains("real person"), "{third}");
    assert_eq!(shop.lead(&lead).await.floor.kind, FloorKind::Ai);

    // Unasked, a denial is kept back altogether.
    shop.hears(&customer(0), "OK, is it silver?").await;
    shop.until_floor(&lead, FloorKind::Nobody).await;
    assert_eq!(shop.drafts(&lead).await[0].reason, "denies_being_ai");
    assert_eq!(shop.sent(&customer(0)).len(), 3);
    desk.close().await;
}

/// Lost: the margin of a car, or the court case about a price that a machine named.
async fn a_price_it_made_up_waits_for_a_person(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    behave(&desk, &shop, Behaviour::PromisesPrice);
    let lead = shop.hears(&customer(0), "What is your best price?").await;
    let lead = shop.until_floor(&lead, FloorKind::Nobody).await;
    let drafts = shop.drafts(&lead).await;
    assert_eq!((drafts.len(), drafts[0].author.kind), (1, AuthorKind::Ai));
    assert!(drafts[0].text.contains("$24,995"));
    let events = shop.events_to(EventKind::HandoffRequested).await;
    let asked = events.last().unwrap();
    assert_eq!(asked.detail.reason.as_deref(), Some(drafts[0].reason.as_str()));
    assert!(markers(&shop.thread(&lead).await)[0].contains("kept back"));
    assert!(lead.waiting_since.is_some(), "the customer still waits");
    assert_eq!(shop.sent(&customer(0)).len(), 0);

    // A person may say it.
    let path = format!("/api/v1/drafts/{}/send", drafts[0].id);
    assert_eq!(shop.admin.post(&path, json!({})).await.status, 202);
    assert_eq!(shop.until_sent(&customer(0), 1).await[0].body, drafts[0].text);
    assert_eq!(shop.drafts(&lead).await, []);
    desk.close().await;
}

/// Lost: sense, when a customer gets half an answer, or the answer and its correction.
async fn what_is_said_is_the_last_version_and_once(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let behaviours = [
        Behaviour::Correction,
        Behaviour::Streamed,
        Behaviour::PartsOnly,
        Behaviour::GreetingFirst { text: "Welcome, how can I help?".into() },
        Behaviour::PingFlood { pings: 50 },
    ];
    for (n, behaviour) in behaviours.into_iter().enumerate() {
        behave(&desk, &shop, behaviour.clone());
        let lead = shop.hears(&customer(n), "Is the Civic there?").await;
        let sent = shop.until_sent(&customer(n), 1).await;
        let said = shop.conversations().pop().unwrap().answers.pop().unwrap().text;
        assert!(sent[0].body.ends_with(&said), "{behaviour:?}: {} for {said}", sent[0].body);
        assert!(!sent[0].body.contains("one more thing") && !sent[0].body.contains("Welcome"));
        assert_eq!(by(&shop.thread(&lead).await, AuthorKind::Ai).len(), 1, "{behaviour:?}");
    }
    desk.at_rest().await;
    assert_eq!(desk.sim.ledger().outbound.len(), 5);
    desk.close().await;
}

/// Lost: the customer who asked for a person or for peace, and whose wish ended in a tool call.
async fn its_tools_reach_people_and_the_ledger(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let tool = |name: &str| Behaviour::ToolCall { tool_name: name.to_owned(), parameters: Value::Null };
    behave(&desk, &shop, tool("request_human"));
    let lead = shop.hears(&customer(0), "This is complicated").await;
    shop.until_floor(&lead, FloorKind::Nobody).await;
    assert_eq!(shop.until_sent(&customer(0), 1).await.len(), 1, "one goodbye");
    let events = shop.events_to(EventKind::HandoffRequested).await;
    assert_eq!(events.last().unwrap().detail.reason.as_deref(), Some("agent_asked_for_a_person"));
    assert!(shop.lead(&lead).await.waiting_since.is_some(), "a goodbye is no answer");

    behave(&desk, &shop, tool("opt_out"));
    let lead = shop.hears(&customer(1), "Please, no").await;
    shop.events_to(EventKind::ConsentChanged).await;
    assert!(shop.lead(&lead).await.opted_out);
    assert_eq!(shop.sent(&customer(1)).len(), 0);

    behave(&desk, &shop, tool("transfer_money"));
    shop.hears(&customer(2), "Is the Civic there?").await;
    shop.until_sent(&customer(2), 1).await;
    let call = shop.conversations().pop().unwrap().tool_calls.pop().unwrap();
    assert_eq!(call.is_error, Some(true));
    desk.close().await;
}

const VARIABLES: [&str; 29] = [
    "customer_name",
    "organization_name",
    "organization_id",
    "lead_id",
    "lead_status",
    "previous_summary",
    "conversation_context",
    "time_greeting",
    "day_context",
    "customer_greeting",
    "first_message_dynamic",
    "is_outbound",
    "call_type",
    "customer_phone",
    "has_customer_name",
    "interaction_count",
    "last_contact",
    "vehicle_interest",
    "funding_readiness",
    "credit_profile",
    "current_time",
    "current_day",
    "current_datetime",
    "call_reason",
    "conversation_medium",
    "has_previous_conversations",
    "conversation_count",
    "voice_messages",
    "sms_messages",
];

/// Lost: the answer to a stranger, whom the vendor refuses for one missing name, and to the oldest customer, whose
/// thread no model can read.
async fn the_agent_knows_everything_it_may_and_no_more(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    shop.until_sent(&customer(0), 1).await;
    let first = shop.conversations().remove(0);
    for name in VARIABLES {
        assert!(first.dynamic_variables.get(name).is_some_and(|value| !value.is_null()), "{name}");
    }
    assert_eq!(first.dynamic_variables["lead_id"], lead.id.to_string());

    // A million characters: a thousand texts of a thousand, the oldest with a promise of ours in reply.
    shop.says(&lead, "I will hold the blue Civic for you until Friday").await;
    shop.until_sent(&customer(0), 2).await;
    for _ in 0..10 {
        let texts = (0..100).map(|n| {
            let (shop, body) = (shop.clone(), format!("{n} {}", "word ".repeat(200)));
            async move { shop.text(&customer(0), &body).await.status }
        });
        assert!(futures::future::join_all(texts).await.iter().all(|status| *status == 200));
    }
    let before = shop.conversations().len();
    shop.floor(&lead, "ai").await;
    desk.until("an answer", |ledger| ledger.conversations.len() > before && ledger.outbound.len() > 2).await;
    let last = shop.conversations().pop().unwrap();
    let context = last.dynamic_variables["conversation_context"].as_str().unwrap();
    assert!(context.chars().count() <= 12_000, "{} characters", context.chars().count());
    assert!(context.contains("blue Civic"), "a promise outlives the window: {context}");
    let told: usize = last.dynamic_variables.values().map(|value| value.to_string().len()).sum();
    assert!(told < 20_000, "{told} bytes of variables");
    let asked: usize = last.user_messages.iter().map(|said| said.text.chars().count()).sum();
    assert!(asked <= 4_100, "{asked} characters of question");
    desk.close().await;
}
