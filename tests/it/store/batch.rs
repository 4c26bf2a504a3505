//! Batches of inbound texts.

use std::{collections::HashSet, sync::Arc, task::Poll};

use axum::response::IntoResponse;
use futures::future::join_all;
use lotline_common::event::EventKind;
use lotlined::{
    action::receive_sms::{self, Inbound},
    db::{Batch, Db, DbError, Scope},
    error::Error,
    limits,
    store::{
        event,
        ingest::{self, InboundText},
        lead,
    },
    tasks::Tasks,
};

use super::{
    BURST, OWN, at, commit, count, events_are_dense, inbound, read_thread, receive, threads_are_dense,
};
use crate::support::{
    db::Fresh,
    opened::Opened,
    seed::{self, Store},
};

both_engines!(
    strangers_become_leads,
    known_customers_keep_their_threads,
    repeats_write_nothing,
    a_repeat_of_an_erased_text_writes_nothing,
    a_batch_holds_many_organizations_or_is_refused,
    an_answer_waits_for_a_burst_but_not_for_ever,
    one_bad_text_fails_alone,
    a_phone_is_one_lead_whoever_is_first,
);

/// Lost: a customer who was forgotten is back the next time that the carrier's list is read.
async fn a_repeat_of_an_erased_text_writes_nothing(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let org = seed::store(&db, 1).await.org;
    let text = |sid, from| inbound(org, sid, from, "Hello", 0);
    let forgotten = receive(&db, vec![text("SM1", 1), text("SM2", 2)]).await.unwrap()[0];
    commit!(&db, Scope::Org(org), |tx| lead::erase(tx, org, forgotten.lead, at(1)).await).await.unwrap();
    let again = receive(&db, vec![text("SM1", 1)]).await.unwrap()[0];
    assert!(again.repeated);
    assert_eq!((again.lead, again.turn), (forgotten.lead, forgotten.turn));
    assert_eq!(count(&db, "SELECT COUNT(*) FROM leads").await, 2);
    let mut tx = db.read(Scope::Org(org)).await.unwrap();
    let (one, other) = (text("", 1).from, text("", 2).from);
    let listed = [(&one, "SM1"), (&other, "SM2"), (&one, "SM3"), (&one, "SM2")];
    let stored = ingest::stored(&mut tx, org, &listed).await.unwrap();
    assert_eq!(stored, HashSet::from(["SM1".to_owned(), "SM2".to_owned()]));
}

async fn run_at(db: &Db) -> Vec<i64> {
    let mut tx = db.read(Scope::System).await.unwrap();
    let rows: Vec<(i64,)> = tx.query("SELECT run_at FROM jobs ORDER BY run_at").all().await.unwrap();
    rows.into_iter().map(|(run_at,)| run_at).collect()
}

/// A shopper whose text is not in the thread, or in somebody else's, is a lost sale.
async fn strangers_become_leads(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let texts = vec![
        inbound(store.org, "SM1", 1, "Is the truck still there?", 0),
        inbound(store.org, "SM2", 2, "Hola", 0),
        inbound(store.org, "SM3", 1, "the red one", 1),
        inbound(store.org, "SM4", 1, "thanks 🙏", 1),
    ];
    let received = receive(&db, texts).await.unwrap();
    assert!(received.iter().all(|one| !one.repeated));
    let leads: Vec<_> = received.iter().map(|one| one.lead).collect();
    assert_eq!((leads[0], leads[0]), (leads[2], leads[3]));
    assert_ne!(leads[0], leads[1]);
    let thread = read_thread(&db, store.org, leads[0]).await;
    assert_eq!((thread.turn_seq, thread.last_customer_seq), (3, 3));
    assert_eq!(thread.waiting_since, Some(at(0)), "they wait since the first");
    assert_eq!(thread.last_customer_at, Some(at(1)));
    assert_eq!(count(&db, "SELECT COUNT(*) FROM jobs").await, 2, "one answer each");
    assert_eq!(count(&db, "SELECT COUNT(*) FROM receipts").await, 4);
    assert_eq!(count(&db, "SELECT MAX(unread) FROM leads").await, 3);
    let mut tx = db.read(Scope::Org(store.org)).await.unwrap();
    let events = event::after(&mut tx, store.org, 0, 100).await.unwrap();
    drop(tx);
    let kinds: Vec<_> = events.iter().map(|event| (event.lead_id.unwrap() == leads[0], event.kind)).collect();
    let (created, added) = (EventKind::LeadCreated, EventKind::TurnAdded);
    let expected =
        [(true, created), (true, added), (false, created), (false, added), (true, added), (true, added)];
    assert_eq!(kinds, expected);
    assert_eq!(events[5].turn.as_ref().unwrap().text, "thanks 🙏");
    events_are_dense(&db).await;
    threads_are_dense(&db).await;
}

async fn known_customers_keep_their_threads(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let first = receive(&db, vec![inbound(store.org, "SM1", 1, "Hello", 0)]).await.unwrap();
    let later = vec![
        inbound(store.org, "SM2", 2, "Somebody new", 5),
        inbound(store.org, "SM3", 1, "Anybody there?", 6),
        inbound(store.org, "SM4", 1, "?", 7),
    ];
    let received = receive(&db, later).await.unwrap();
    assert_eq!((received[1].lead, received[2].lead), (first[0].lead, first[0].lead));
    let thread = read_thread(&db, store.org, first[0].lead).await;
    assert_eq!((thread.turn_seq, thread.last_customer_seq), (3, 3));
    assert_eq!(thread.waiting_since, Some(at(0)), "nobody has answered since the first text");
    assert_eq!(count(&db, "SELECT COUNT(*) FROM leads").await, 2);
    events_are_dense(&db).await;
    threads_are_dense(&db).await;
}

/// The carrier repeats itself; a customer who is shown and answered twice thinks the store is broken.
async fn repeats_write_nothing(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let first = receive(&db, vec![inbound(store.org, "SM1", 1, "Hello", 0)]).await.unwrap();
    let updated = "SELECT updated_at FROM leads";
    let before = count(&db, updated).await;
    let again = receive(&db, vec![inbound(store.org, "SM1", 1, "Hello", 9)]).await.unwrap();
    assert!(again[0].repeated);
    assert_eq!((again[0].lead, again[0].turn), (first[0].lead, first[0].turn));
    assert_eq!(count(&db, updated).await, before, "a repeat moves nothing");
    let mixed = vec![
        inbound(store.org, "SM1", 1, "Hello", 10),
        inbound(store.org, "SM2", 1, "Second", 10),
        inbound(store.org, "SM2", 1, "Second", 10),
        inbound(store.org, "SM3", 2, "From another", 10),
    ];
    let received = receive(&db, mixed).await.unwrap();
    let repeated: Vec<bool> = received.iter().map(|one| one.repeated).collect();
    assert_eq!(repeated, [true, false, true, false]);
    assert_eq!(received[1].turn, received[2].turn);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM turns").await, 3);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM receipts").await, 3);
    events_are_dense(&db).await;
    threads_are_dense(&db).await;
}

/// The same phone at two dealers is two customers; neither dealer may learn of the other.
async fn a_batch_holds_many_organizations_or_is_refused(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let (one, two) = (seed::store(&db, 1).await, seed::store(&db, 2).await);
    let texts = vec![
        inbound(one.org, "SM1", 1, "To the first", 0),
        inbound(two.org, "SM1", 1, "To the second", 0),
        inbound(one.org, "SM2", 1, "To the first again", 1),
        inbound(two.org, "SM3", 2, "To the second too", 1),
    ];
    let received = receive(&db, texts).await;
    if !fresh.is_sqlite() {
        assert!(matches!(received, Err(DbError::Statement(_))), "{received:?}");
        assert_eq!(count(&db, "SELECT COUNT(*) FROM turns").await, 0);
        return;
    }
    let received = received.unwrap();
    assert_eq!(received[0].lead, received[2].lead);
    let leads: HashSet<_> = received.iter().map(|one| one.lead).collect();
    assert_eq!(leads.len(), 3);
    assert!(received.iter().all(|one| !one.repeated), "a carrier's id counts within one organization");
    events_are_dense(&db).await;
    threads_are_dense(&db).await;
}

/// Two quick texts get one answer; somebody who keeps typing is answered all the same.
async fn an_answer_waits_for_a_burst_but_not_for_ever(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    for (n, (arrives, expected)) in
        [(0, 2), (1, 3), (2, 4), (9, 10), (9, 10), (30, 10)].into_iter().enumerate()
    {
        receive(&db, vec![inbound(store.org, &format!("SM{n}"), 1, "and", arrives)]).await.unwrap();
        assert_eq!(run_at(&db).await, [at(expected).micros()], "text {n}");
    }
    // All of them in one batch, after the daemon was busy for a while.
    let late: Vec<InboundText> =
        (0..6).map(|n| inbound(store.org, &format!("LT{n}"), 2, "and", 100 + n * 4)).collect();
    receive(&db, late).await.unwrap();
    assert_eq!(run_at(&db).await, [at(10).micros(), at(110).micros()]);
}

/// One text that cannot be stored must not turn away those that happened to arrive with it.
async fn one_bad_text_fails_alone(fresh: &Fresh) {
    let opened = Opened::on(fresh).await;
    let store = seed::store(&opened.db, 1).await;
    seed::number(&opened.db, store, OWN).await;
    if fresh.is_sqlite() {
        seed::write(&opened.db, |tx| {
            Box::pin(async move {
                let poison = "CREATE TRIGGER poison BEFORE INSERT ON turns WHEN NEW.text = 'poison'
                     BEGIN SELECT RAISE(ABORT, 'poison'); END";
                tx.query(poison).execute().await.map(drop)
            })
        })
        .await;
    }
    let ingest = receive_sms::ingest(&opened.db, &opened.tasks, BURST);
    let texts = (0..60_u32).map(|n| {
        let sid = format!("SM{n}");
        let mut text = inbound(store.org, &sid, n % 20, "Hello", 0);
        if n == 30 {
            // PostgreSQL stores no zero; SQLite has a trigger for this test.
            text.body = if fresh.is_sqlite() { "poison".into() } else { "\0".into() };
        }
        let inbound =
            Inbound { text, sent_at: None, organization: "Example Motors".into(), carrier_answers: true };
        let ingest = ingest.clone();
        async move { ingest.submit(inbound).await }
    });
    let outcomes = join_all(texts).await;
    for (n, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome.is_ok(), n != 30, "text {n}: {outcome:?}");
    }
    assert_eq!(count(&opened.db, "SELECT COUNT(*) FROM turns").await, 59);
    assert_eq!(count(&opened.db, "SELECT COUNT(*) FROM leads").await, 20);
    events_are_dense(&opened.db).await;
    threads_are_dense(&opened.db).await;
}

/// Two leads of one phone would split a conversation between two screens.
async fn a_phone_is_one_lead_whoever_is_first(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store: Store = seed::store(&db, 1).await;
    for round in 0..10_u32 {
        let tasks =
            (0..8).map(|n| {
                let (db, sid) = (db.clone(), format!("SM{round}-{n}"));
                async move {
                    receive(&db, vec![inbound(store.org, &sid, round, "Hello", 0)]).await.unwrap()[0].lead
                }
            });
        let leads: HashSet<_> = join_all(tasks).await.into_iter().collect();
        assert_eq!(leads.len(), 1);
        let thread = read_thread(&db, store.org, *leads.iter().next().unwrap()).await;
        assert_eq!(thread.turn_seq, 8);
    }
    assert_eq!(count(&db, "SELECT COUNT(*) FROM jobs").await, 10);
    events_are_dense(&db).await;
    threads_are_dense(&db).await;
}

/// A carrier that waits for an answer longer than it is willing to, and never comes back.
#[tokio::test]
async fn a_full_queue_is_told_at_once_and_as_our_fault() {
    let tasks = Tasks::new();
    let stuck =
        Batch::start(&tasks, |_items: Arc<[usize]>| std::future::pending::<Result<Vec<()>, DbError>>());
    // One batch is being written for ever, the next waits, and so does the queue behind it.
    let mut waiting = Vec::new();
    let refused = loop {
        let (stuck, n) = (stuck.clone(), waiting.len());
        let mut submitted = Box::pin(async move { stuck.submit(n).await });
        match futures::poll!(&mut submitted) {
            Poll::Ready(refused) => break refused.unwrap_err(),
            Poll::Pending => waiting.push(submitted),
        }
        assert!(waiting.len() <= limits::INGEST_QUEUE + limits::WRITE_BATCH, "it takes everything");
    };
    let answer = Error::from(refused).into_response();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
}
