//! Who may speak: taken, given back, timed, and the same after a restart.

use lotline_common::{
    api::{
        auth::Role,
        lead::{FloorKind, Lead},
        turn::AuthorKind,
    },
    event::EventKind,
};
use serde_json::json;

use crate::support::{
    db::Fresh,
    desk::Desk,
    shop::{by, customer, markers, send},
};

both_engines!(
    whoever_sends_has_the_floor,
    handed_back_the_ai_answers_what_waited,
    a_stale_fence_moves_nothing,
    the_floor_and_the_held_survive_a_restart,
    the_floor_comes_back_by_itself,
    nobody_coming_is_said,
);

/// Lost: a conversation with two voices in it.
async fn whoever_sends_has_the_floor(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let agent = desk.member(&shop, Role::Agent).await;
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    shop.until_sent(&customer(0), 1).await;
    let fence = shop.lead(&lead).await.floor.fence;
    assert_eq!(send(&agent, &lead, "Eli here, it is.", json!({"hold_seconds": 0})).await.status, 202);
    let now = shop.lead(&lead).await.floor;
    assert_eq!(
        (now.kind, now.member.unwrap().name.as_str(), now.fence),
        (FloorKind::Member, "Eli agent", fence + 1)
    );
    assert_eq!(send(&agent, &lead, "It is silver.", json!({"hold_seconds": 0})).await.status, 202);
    assert_eq!(shop.lead(&lead).await.floor.fence, fence + 1, "a second message moves nothing");
    assert_eq!(markers(&shop.thread(&lead).await), ["Eli agent took over."]);

    // The customer answers: the AI keeps quiet, the customer is seen to wait.
    let lead = shop.hears(&customer(0), "Great!").await;
    assert!(lead.waiting_since.is_some());
    assert_eq!(desk.count("jobs WHERE kind = 'reply_with_agent'").await, 0);
    // The colleague takes it in turn; the name of the one before is gone.
    assert_eq!(shop.floor(&lead, "me").await.status, 200);
    assert_eq!(shop.lead(&lead).await.floor.member.unwrap().name, "Dana Example");
    let viewer = desk.member(&shop, Role::Viewer).await;
    let path = format!("/api/v1/leads/{}/floor", lead.id);
    assert_eq!(viewer.post(&path, json!({"to": "me"})).await.status, 403);
    for (to, status) in [("somebody", 400), ("0197f3a2-0000-7000-8000-000000000000", 400)] {
        assert_eq!(shop.floor(&lead, to).await.status, status, "{to}");
    }
    desk.close().await;
}

/// Lost: the customer who wrote while a person had the floor, and whom everybody then thought answered.
async fn handed_back_the_ai_answers_what_waited(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    shop.until_sent(&customer(0), 1).await;
    for (round, holder) in ["me", "paused", "nobody"].into_iter().enumerate() {
        shop.floor(&lead, holder).await;
        let question = format!("And question {round}?");
        shop.hears(&customer(0), &question).await;
        assert_eq!(desk.count("jobs WHERE kind = 'reply_with_agent'").await, 0, "{holder}");
        shop.floor(&lead, "ai").await;
        shop.until_sent(&customer(0), round + 2).await;
        assert_eq!(shop.conversations().pop().unwrap().user_messages[0].text, question);
    }
    // With nothing to answer, nothing is said.
    shop.floor(&lead, "me").await;
    shop.floor(&lead, "ai").await;
    assert_eq!(desk.count("jobs WHERE kind = 'reply_with_agent'").await, 0);

    // The AI's own goodbye is no answer: handed back, it answers what made it give up.
    let tool = lotline_sim::Behaviour::ToolCall { tool_name: "request_human".into(), parameters: json!({}) };
    desk.sim.set_behaviour(lotline_sim::BehaviourRule::times(1, tool));
    let other = shop.hears(&customer(1), "Can it tow a boat?").await;
    shop.until_floor(&other, FloorKind::Nobody).await;
    shop.until_sent(&customer(1), 1).await;
    shop.floor(&other, "ai").await;
    shop.until_sent(&customer(1), 2).await;
    let last = shop.conversations().pop().unwrap();
    assert_eq!(last.user_messages[0].text, "Can it tow a boat?");
    assert_eq!(shop.lead(&other).await.waiting_since, None);
    desk.close().await;
}

/// Lost: a colleague's take-over, undone by a screen that was a second old.
async fn a_stale_fence_moves_nothing(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    let path = format!("/api/v1/leads/{}/floor", lead.id);
    let seen = shop.lead(&lead).await.floor.fence;
    let moved = shop.admin.post(&path, json!({"to": "me", "if_fence": seen})).await;
    assert_eq!((moved.status.as_u16(), moved.json()["fence"].as_i64()), (200, Some(seen + 1)));
    let stale = shop.admin.post(&path, json!({"to": "ai", "if_fence": seen})).await;
    assert_eq!(stale.problem(), (409, "floor_changed".to_owned()));
    assert_eq!(shop.lead(&lead).await.floor.kind, FloorKind::Member);
    // Of many at once under one fence exactly one wins.
    let both = |to: &'static str| shop.admin.post(&path, json!({"to": to, "if_fence": seen + 1}));
    let answers = futures::future::join_all(["paused", "nobody", "paused", "nobody"].map(both)).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(shop.lead(&lead).await.floor.fence, seen + 2);
    assert_eq!(markers(&shop.thread(&lead).await).len(), 2);
    desk.close().await;
}

/// Lost: what the operator sent or took over just before the update.
async fn the_floor_and_the_held_survive_a_restart(db: &Fresh) {
    let mut desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears_itself(&customer(0), "Is the Civic there?").await;
    let before: Lead = shop.lead(&lead).await;
    let bodies = ["first", "second", "third"];
    for body in bodies {
        assert_eq!(shop.send(&lead, body, json!({"hold_seconds": 1})).await.status, 202);
    }
    desk.restart().await;
    let after = shop.lead(&lead).await;
    assert_eq!((after.floor, after.waiting_since), (before.floor, None));
    let sent = shop.until_sent(&customer(0), 3).await;
    assert_eq!(
        sent.iter().map(|text| text.body.as_str()).collect::<Vec<_>>(),
        bodies,
        "each once and in order"
    );
    shop.floor(&lead, "ai").await;
    shop.hears(&customer(0), "and in red?").await;
    shop.until_sent(&customer(0), 4).await;
    desk.close().await;
}

/// Lost: the night, when everybody went home with the floor in their pocket.
async fn the_floor_comes_back_by_itself(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    shop.until_sent(&customer(0), 1).await;
    let path = format!("/api/v1/leads/{}/floor", lead.id);
    for wrong in [0, 8 * 24 * 3600] {
        assert_eq!(shop.admin.post(&path, json!({"to": "me", "hand_back_after": wrong})).await.status, 400);
    }
    assert_eq!(shop.admin.post(&path, json!({"to": "me", "hand_back_after": 1})).await.status, 200);
    shop.hears(&customer(0), "Are you there?").await;
    shop.until_floor(&lead, FloorKind::Ai).await;
    shop.until_sent(&customer(0), 2).await;
    assert!(markers(&shop.thread(&lead).await)[1].contains("the AI's again"));
    assert_eq!(by(&shop.thread(&lead).await, AuthorKind::Ai).len(), 2);
    desk.close().await;
}

/// Lost: the customer whom the AI handed over to a team that was at lunch.
async fn nobody_coming_is_said(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    let taken = shop.hears(&customer(0), "Can I talk to a human?").await;
    shop.until_floor(&taken, FloorKind::Nobody).await;
    shop.floor(&taken, "me").await;
    shop.events_to(EventKind::HandoffAccepted).await;
    let left = shop.hears(&customer(1), "get me a manager").await;
    shop.until_floor(&left, FloorKind::Nobody).await;
    // The time is up for both.
    desk.make_due("expire_handoff").await;
    let events = shop.events_to(EventKind::HandoffExpired).await;
    assert_eq!(events.last().unwrap().lead_id, Some(left.id), "the one who was taken care of is not missed");
    assert!(markers(&shop.thread(&left).await).contains(&"Nobody has taken this conversation yet."));
    desk.close().await;
}
