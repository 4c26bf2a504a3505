//! Threads, the floor, and what an agent is told of them.

use futures::future::join_all;
use lotline_common::{
    api::{
        lead::FloorKind,
        message::DeliveryState,
        turn::{AuthorKind, TurnKind},
    },
    event::EventKind,
};
use lotlined::{
    db::{Db, Scope},
    domain::floor::{FloorTarget, Handoff},
    store::{self, event, thread::NewTurn},
};

use super::{
    at, author, commit, count, customer, events_are_dense, inbound, put, read_thread, receive, say,
    threads_are_dense,
};
use crate::support::{
    db::Fresh,
    opened::Opened,
    seed::{self, Store},
};

both_engines!(
    everybody_may_speak_at_once,
    an_answer_ends_the_wait_and_an_unsaid_one_brings_it_back,
    a_keyword_needs_no_answer,
    the_floor_moves_once_and_says_so,
    an_agent_hears_what_the_customer_heard,
);

/// Members, the AI and the customer write into one thread at once: a lost or doubled number hides a turn.
async fn everybody_may_speak_at_once(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let lead = customer(&db, store, 1).await;
    let ours = (0..20).map(|n| {
        let (db, by) = (db.clone(), if n % 2 == 0 { AuthorKind::Ai } else { AuthorKind::Member });
        async move { say(&db, store, lead, by, "Hello", n).await.seq }
    });
    let theirs = (0..20).map(|n| {
        let db = db.clone();
        async move { receive(&db, vec![inbound(store.org, &format!("SX{n}"), 1, "Hi", n)]).await.unwrap() }
    });
    let (mut numbers, received) = futures::join!(join_all(ours), join_all(theirs));
    assert!(received.iter().all(|batch| batch[0].lead == lead));
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 20);
    assert_eq!(read_thread(&db, store.org, lead).await.turn_seq, 41);
    threads_are_dense(&db).await;
    events_are_dense(&db).await;
}

/// A customer who seems answered and is not waits for ever.
async fn an_answer_ends_the_wait_and_an_unsaid_one_brings_it_back(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let lead = customer(&db, store, 1).await;
    let first = say(&db, store, lead, AuthorKind::Ai, "We open at nine.", 10).await;
    let second = say(&db, store, lead, AuthorKind::Ai, "On Sundays at ten.", 11).await;
    assert_eq!(count(&db, "SELECT unread FROM leads").await, 0);
    let unsaid = async |turn, state| {
        put(&db, store.org, turn, state).await;
        commit!(&db, Scope::Org(store.org), |tx| {
            let mut thread = store::thread::open(tx, store.org, lead).await?;
            store::thread::unsaid(tx, &mut thread, at(20)).await
        })
        .await
        .unwrap();
        let thread = read_thread(&db, store.org, lead).await;
        (thread.waiting_since, thread.ai_spoke_at)
    };
    assert_eq!(unsaid(second.id, DeliveryState::Recalled).await, (None, Some(at(10))), "the first stands");
    let (waiting, spoke) = unsaid(first.id, DeliveryState::Failed).await;
    assert_eq!(
        (waiting, spoke),
        (Some(at(0)), None),
        "they wait again, and the AI must disclose itself again"
    );
    events_are_dense(&db).await;
}

async fn a_keyword_needs_no_answer(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let lead = customer(&db, store, 1).await;
    commit!(&db, Scope::Org(store.org), |tx| {
        let mut thread = store::thread::open(tx, store.org, lead).await?;
        store::thread::settle(tx, &mut thread).await?;
        store::thread::add(tx, &mut thread, at(5), NewTurn::marker("The customer asked for HELP.".into()))
            .await
    })
    .await
    .unwrap();
    let thread = read_thread(&db, store.org, lead).await;
    assert_eq!((thread.waiting_since, thread.turn_seq, thread.last_customer_seq), (None, 2, 1));
}

/// Two who believe they have the floor both text the customer.
async fn the_floor_moves_once_and_says_so(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let lead = customer(&db, store, 1).await;
    let takers = join_all((0..6).map(|_| move_to(&db, store, lead, FloorTarget::Member(store.user)))).await;
    assert_eq!(takers.iter().filter(|moved| **moved).count(), 1);
    let floor = read_thread(&db, store.org, lead).await.floor;
    assert_eq!((floor.kind, floor.member, floor.fence), (FloorKind::Member, Some(store.user), 2));
    assert!(move_to(&db, store, lead, FloorTarget::Ai).await);
    commit!(&db, Scope::Org(store.org), |tx| {
        let mut thread = store::thread::open(tx, store.org, lead).await?;
        store::floor::hand_off(tx, &mut thread, at(6), Handoff::CustomerAsked).await?;
        store::floor::hand_off(tx, &mut thread, at(7), Handoff::CustomerAsked).await
    })
    .await
    .unwrap();
    let floor = read_thread(&db, store.org, lead).await.floor;
    assert_eq!((floor.kind, floor.member, floor.fence), (FloorKind::Nobody, None, 4));
    let mut tx = db.read(Scope::System).await.unwrap();
    let told = event::after(&mut tx, store.org, 2, 100).await.unwrap();
    let kinds: Vec<_> =
        told.iter().map(|event| event.kind).filter(|kind| *kind != EventKind::TurnAdded).collect();
    let moved = EventKind::FloorChanged;
    assert_eq!(kinds, [moved, moved, moved, EventKind::HandoffRequested]);
    let member = told.iter().find_map(|event| event.detail.floor.clone()).unwrap().member.unwrap();
    assert_eq!((member.id, member.name.as_str()), (store.user, "Dana Example"));
    drop(tx);
    assert_eq!(
        count(&db, "SELECT COUNT(*) FROM turns WHERE kind = 'system'").await,
        3,
        "a marker for each move"
    );
    threads_are_dense(&db).await;
    events_are_dense(&db).await;
}

async fn move_to(db: &Db, store: Store, lead: lotline_common::LeadId, target: FloorTarget) -> bool {
    commit!(db, Scope::Org(store.org), |tx| {
        let mut thread = store::thread::open(tx, store.org, lead).await?;
        let by = author(AuthorKind::Member, store);
        store::floor::put(tx, &mut thread, at(5), target, by, "The floor moved.".into()).await
    })
    .await
    .unwrap()
    .is_some()
}

/// An AI that believes a recalled price was said repeats it; one that forgot a promise breaks it.
async fn an_agent_hears_what_the_customer_heard(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let lead = customer(&db, store, 1).await;
    say(&db, store, lead, AuthorKind::Ai, "I will hold it for you.", 1).await;
    let recalled = say(&db, store, lead, AuthorKind::Member, "It is $9,000, I promise.", 2).await;
    put(&db, store.org, recalled.id, DeliveryState::Recalled).await;
    let note = NewTurn {
        kind: TurnKind::Note,
        channel: None,
        author: author(AuthorKind::Member, store),
        text: "difficult customer".into(),
        delivery: None,
        answers: false,
    };
    commit!(&db, Scope::Org(store.org), |tx| {
        let mut thread = store::thread::open(tx, store.org, lead).await?;
        store::thread::add(tx, &mut thread, at(3), note).await
    })
    .await
    .unwrap();
    receive(&db, vec![inbound(store.org, "SM9", 1, &"long ".repeat(2_000), 4)]).await.unwrap();
    let mut tx = db.read(Scope::Org(store.org)).await.unwrap();
    let newest = store::history::newest(&mut tx, store.org, lead, 10).await.unwrap();
    let seqs: Vec<i64> = newest.iter().map(|said| said.seq).collect();
    assert_eq!(seqs, [5, 2, 1], "newest first, without the note and the recalled message");
    assert_eq!(newest[0].text.len(), 4_000, "what is too long is cut where it lies");
    assert_eq!(store::history::newest(&mut tx, store.org, lead, 1).await.unwrap().len(), 1);
    let promises = store::history::promises(&mut tx, store.org, lead, 10).await.unwrap();
    assert_eq!(promises.iter().map(|said| said.seq).collect::<Vec<_>>(), [2]);
    let counts = store::history::counts(&mut tx, store.org, lead).await.unwrap();
    assert_eq!((counts.sms, counts.voice, counts.customer), (4, 0, 2));
    assert_eq!(counts.first_at, Some(at(0)));
}
