//! The world moves while the AI thinks: its answer must not.

use lotline_common::{
    api::{lead::FloorKind, turn::AuthorKind},
    event::EventKind,
};
use lotline_sim::{Behaviour, BehaviourRule, Ledger};

use crate::support::{
    db::Fresh,
    desk::Desk,
    shop::{Shop, by, customer},
};

both_engines!(
    a_new_text_makes_the_answer_stale,
    a_person_who_takes_over_is_not_talked_over,
    help_while_it_thinks_does_not_cost_the_answer,
);

/// The agent thinks about the next question until the behaviours are cleared.
fn thinks(desk: &Desk, shop: &Shop) {
    desk.sim.set_behaviour(BehaviourRule::times(1, Behaviour::Waits).for_agent(&shop.agent_id));
}

fn asked(ledger: &Ledger) -> bool {
    ledger.conversations.iter().any(|it| !it.user_messages.is_empty())
}

fn all_ended(ledger: &Ledger) -> bool {
    ledger.conversations.iter().all(|it| it.ended_at_us.is_some())
}

/// Lost: sense, when the customer says "the red one, sorry" and gets an answer about the blue one.
async fn a_new_text_makes_the_answer_stale(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    thinks(&desk, &shop);
    let lead = shop.hears(&customer(0), "Is the blue Civic there?").await;
    desk.until("the first question", asked).await;
    shop.hears(&customer(0), "the red one, sorry").await;
    desk.sim.clear_behaviours();
    shop.until_sent(&customer(0), 1).await;
    shop.events_to(EventKind::MessageDelivered).await;
    desk.until("the end of both", all_ended).await;
    let conversations = shop.conversations();
    assert_eq!(conversations.len(), 2);
    assert_eq!(conversations[1].user_messages[0].text, "Is the blue Civic there?\nthe red one, sorry");
    let sent = shop.sent(&customer(0));
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0].body.ends_with(&conversations[1].answers[0].text),
        "the newer answer is the one that left"
    );
    assert_eq!(by(&shop.thread(&lead).await, AuthorKind::Ai).len(), 1);
    desk.at_rest().await;
    assert_eq!(shop.sent(&customer(0)).len(), 1);
    desk.close().await;
}

/// Lost: the operator's word, when the AI talks over it.
async fn a_person_who_takes_over_is_not_talked_over(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    for (n, move_to) in ["me", "paused", "nobody"].into_iter().enumerate() {
        thinks(&desk, &shop);
        let before = shop.conversations().len();
        let lead = shop.hears(&customer(n), "Is the Civic there?").await;
        desk.until("the question", |ledger| {
            ledger.conversations.len() > before
                && ledger.conversations[before..].iter().all(|it| !it.user_messages.is_empty())
        })
        .await;
        assert_eq!(shop.floor(&lead, move_to).await.status, 200);
        desk.sim.clear_behaviours();
        desk.until("the end", all_ended).await;
        assert_eq!(shop.conversations().pop().unwrap().answers.len(), 1, "the AI did answer");
        let mine = shop.says(&lead, "Dana here: yes it is").await;
        shop.until_state(&lead, &mine, "delivered".parse().unwrap()).await;
        let bodies: Vec<String> = shop.sent(&customer(n)).into_iter().map(|text| text.body).collect();
        assert_eq!(bodies, ["Dana here: yes it is"], "{move_to}");
        assert_eq!(by(&shop.thread(&lead).await, AuthorKind::Ai).len(), 0);
        let lead = shop.lead(&lead).await;
        assert_eq!((lead.floor.kind, lead.waiting_since), (FloorKind::Member, None));
    }
    desk.close().await;
}

/// Lost: the answer to a question, because the customer also asked for help.
async fn help_while_it_thinks_does_not_cost_the_answer(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    thinks(&desk, &shop);
    let lead = shop.hears(&customer(0), "Is the Civic there?").await;
    desk.until("the question", asked).await;
    shop.hears(&customer(0), "HELP").await;
    desk.sim.clear_behaviours();
    assert_eq!(shop.until_sent(&customer(0), 1).await.len(), 1);
    desk.until("the end", all_ended).await;
    desk.at_rest().await;
    assert_eq!(shop.lead(&lead).await.waiting_since, None);
    assert_eq!(shop.sent(&customer(0)).len(), 1);
    desk.close().await;
}
