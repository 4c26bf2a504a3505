//! Keywords in batches, and the ledger they are written to.

use lotline_common::{
    LeadId,
    api::{
        consent::{ConsentKind, ConsentSource},
        turn::AuthorKind,
    },
};
use lotlined::{
    action::receive_sms::{self, Inbound},
    db::{Db, Scope},
    store::{self, consent::NewConsent},
};

use super::{
    BURST, OWN, at, author, commit, count, customer, events_are_dense, inbound, phone, read_thread,
    threads_are_dense,
};
use crate::support::{
    db::Fresh,
    opened::Opened,
    seed::{self, Store},
};

both_engines!(
    the_last_keyword_of_a_batch_stands,
    what_follows_a_start_is_answered,
    what_follows_a_stop_is_not,
    the_newest_line_of_the_ledger_decides,
    ledgers_are_only_added_to,
);

/// Writes texts of one customer in one batch, as they pile up behind a slow commit.
async fn one_batch(db: &Db, store: Store, name: &str, bodies: &[&str]) -> LeadId {
    seed::number(db, store, OWN).await;
    let texts: Vec<Inbound> = (0_i64..)
        .zip(bodies)
        .map(|(n, body)| Inbound {
            text: inbound(store.org, &format!("{name}-{n}"), 1, body, 0),
            sent_at: None,
            organization: "Example Motors".into(),
            carrier_answers: true,
        })
        .collect();
    let received =
        commit!(db, Scope::System, |tx| receive_sms::receive(tx, &texts, BURST).await).await.unwrap();
    received[0].unwrap().lead
}

async fn answers_due(db: &Db) -> i64 {
    count(db, "SELECT COUNT(*) FROM jobs WHERE kind = 'reply_with_agent'").await
}

/// Who said STOP last must not be texted; who said START last wants to be.
async fn the_last_keyword_of_a_batch_stands(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    for (name, bodies, opted_out) in [
        ("A", &["Hello", "STOP"][..], true),
        ("B", &["START", "STOP"], true),
        ("C", &["STOP", "START"], false),
        ("D", &["STOP", "yes"], false),
        ("E", &["STOP", "START", "STOP"], true),
    ] {
        let lead = one_batch(&db, store, name, bodies).await;
        assert_eq!(read_thread(&db, store.org, lead).await.opted_out, opted_out, "{bodies:?}");
        let cached = count(&db, "SELECT COUNT(*) FROM leads WHERE opted_out").await;
        assert_eq!(cached == 1, opted_out, "{bodies:?}: what lists show");
    }
    events_are_dense(&db).await;
    threads_are_dense(&db).await;
}

/// A customer who comes back with START and a question must get an answer.
async fn what_follows_a_start_is_answered(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    one_batch(&db, store, "A", &["STOP"]).await;
    let lead = one_batch(&db, store, "B", &["START", "Is the truck still there?"]).await;
    assert_eq!(answers_due(&db).await, 1);
    assert_eq!(read_thread(&db, store.org, lead).await.waiting_since, Some(at(0)));
    one_batch(&db, store, "C", &["One more thing", "STOP", "START", "Really, is it?"]).await;
    assert_eq!(answers_due(&db).await, 1);
}

/// An AI that answers somebody who has just said STOP costs the dealer a lawsuit.
async fn what_follows_a_stop_is_not(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    one_batch(&db, store, "A", &["Hello", "STOP", "I mean it"]).await;
    assert_eq!(answers_due(&db).await, 0);
    one_batch(&db, store, "B", &["And stay away"]).await;
    assert_eq!(answers_due(&db).await, 0);
}

async fn the_newest_line_of_the_ledger_decides(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let lead = customer(&db, store, 1).await;
    let (out, back) = (ConsentKind::OptOut, ConsentKind::OptIn);
    // The last two stand at the same moment: then the order of writing counts.
    for (kind, seconds) in [(out, 1), (back, 2), (out, 3), (back, 3), (out, 3)] {
        record(&db, store, lead, kind, seconds).await;
        assert_eq!(read_thread(&db, store.org, lead).await.opted_out, kind == out);
    }
    assert_eq!(count(&db, "SELECT COUNT(*) FROM consents").await, 5);
    events_are_dense(&db).await;
}

async fn record(db: &Db, store: Store, lead: LeadId, kind: ConsentKind, seconds: i64) {
    let new = NewConsent {
        kind,
        phone: phone("+17205550101"),
        source: ConsentSource::Member,
        turn: None,
        member: Some(store.user),
        note: Some("said so at the desk".into()),
    };
    commit!(db, Scope::Org(store.org), |tx| {
        let mut thread = store::thread::open(tx, store.org, lead).await?;
        let by = author(AuthorKind::Member, store);
        store::consent::record(tx, &mut thread, at(seconds), by, new).await
    })
    .await
    .unwrap();
}

/// A record of consent that can be rewritten proves nothing in court.
async fn ledgers_are_only_added_to(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let lead = customer(&db, store, 1).await;
    record(&db, store, lead, ConsentKind::OptOut, 1).await;
    for sql in [
        "UPDATE consents SET kind = 'opt_in'",
        "DELETE FROM consents",
        "UPDATE events SET kind = 'lead.created'",
        "DELETE FROM events",
    ] {
        let outcome = commit!(&db, Scope::System, |tx| tx.query(sql).execute().await).await;
        let refusal = outcome.expect_err(sql).to_string();
        assert!(refusal.contains("append-only"), "{sql}: {refusal}");
    }
    assert!(read_thread(&db, store.org, lead).await.opted_out);
    events_are_dense(&db).await;
}
