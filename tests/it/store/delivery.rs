//! Deliveries, drafts and receipts.

use std::time::Duration;

use lotline_common::{
    At, DraftId, ReceiptId,
    api::{draft::Draft, message::DeliveryState, turn::AuthorKind},
    event::EventKind,
};
use lotlined::{
    db::{DbError, Scope},
    store::{self, event, receipt::NewReceipt},
};
use uuid::Uuid;

use super::{at, author, commit, count, customer, events_are_dense, put, queued, read_thread, say};
use crate::support::{db::Fresh, opened::Opened, seed};

both_engines!(
    open_messages_come_in_order,
    a_console_sends_an_intent_once,
    a_changed_delivery_is_told,
    drafts_are_kept_until_removed,
    old_receipts_are_pruned_a_piece_at_a_time,
);

/// "And Saturday works too" before "We open at nine" is nonsense to a customer.
async fn open_messages_come_in_order(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let (lead, other) = (customer(&db, store, 1).await, customer(&db, store, 2).await);
    let mut said = Vec::new();
    for n in 0..8 {
        said.push(say(&db, store, lead, AuthorKind::Member, &format!("Message {n}"), 8 - n).await);
    }
    say(&db, store, other, AuthorKind::Ai, "To another", 1).await;
    for (turn, state) in said.iter().zip([
        DeliveryState::Held,
        DeliveryState::Sent,
        DeliveryState::Attempting,
        DeliveryState::Unknown,
        DeliveryState::Refused,
        DeliveryState::Recalled,
        DeliveryState::Failed,
    ]) {
        put(&db, store.org, turn.id, state).await;
    }
    let mut tx = db.read(Scope::Org(store.org)).await.unwrap();
    let open = store::delivery::open_of(&mut tx, store.org, lead).await.unwrap();
    let texts: Vec<&str> = open.iter().map(|sending| sending.text.as_str()).collect();
    assert_eq!(texts, ["Message 0", "Message 2", "Message 3", "Message 7"]);
    let automatic = store::delivery::automatic_since(&mut tx, store.org, lead, at(0)).await.unwrap();
    let of_other = store::delivery::automatic_since(&mut tx, store.org, other, at(0)).await.unwrap();
    assert_eq!((automatic, of_other), (0, 1));
}

/// A double press of Enter must not text a customer twice.
async fn a_console_sends_an_intent_once(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let lead = customer(&db, store, 1).await;
    let (client_id, one) = (Uuid::now_v7(), say(&db, store, lead, AuthorKind::Member, "One", 1).await);
    let two = say(&db, store, lead, AuthorKind::Member, "Two", 2).await;
    let thread = read_thread(&db, store.org, lead).await;
    for (turn, first) in [(one.id, true), (two.id, false)] {
        let mut new = queued(thread.phone.clone().unwrap(), at(3));
        new.client_id = Some(client_id);
        let thread = thread.clone();
        let outcome = commit!(&db, Scope::Org(store.org), |tx| {
            tx.query("DELETE FROM deliveries WHERE turn_id = $1").bind(turn).execute().await?;
            store::delivery::insert(tx, &thread, turn, at(3), &new).await
        })
        .await;
        assert_eq!(outcome.is_ok(), first);
        assert!(first || matches!(outcome, Err(DbError::Taken(_))), "{outcome:?}");
    }
    let mut tx = db.read(Scope::Org(store.org)).await.unwrap();
    let found = store::delivery::by_client_id(&mut tx, store.org, client_id).await.unwrap();
    assert_eq!(found.unwrap().turn_id, one.id);
    drop(tx);
    // The refused one left neither a gap nor a missing row.
    events_are_dense(&db).await;
    assert_eq!(count(&db, "SELECT COUNT(*) FROM deliveries").await, 2);
}

/// A console that is not told shows "sent" for a message that never left.
async fn a_changed_delivery_is_told(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let lead = customer(&db, store, 1).await;
    let turn = say(&db, store, lead, AuthorKind::Ai, "We open at nine.", 1).await;
    let mut tx = db.read(Scope::System).await.unwrap();
    let before = event::present(&mut tx, store.org).await.unwrap();
    drop(tx);
    put(&db, store.org, turn.id, DeliveryState::Attempting).await;
    let org = store.org;
    commit!(&db, Scope::Org(org), |tx| {
        let mut sending = store::delivery::find(tx, org, turn.id).await?;
        (sending.state, sending.attempts) = (DeliveryState::Undelivered, 1);
        (sending.error_code, sending.carrier_sid) = (Some(30_006), Some("SM77".into()));
        store::delivery::save(tx, org, at(9), &sending).await
    })
    .await
    .unwrap();
    let mut tx = db.read(Scope::System).await.unwrap();
    let told = event::after(&mut tx, org, before, 10).await.unwrap();
    assert_eq!(told.len(), 1, "attempting is nobody's business");
    assert_eq!((told[0].kind, told[0].detail.turn_id), (EventKind::MessageUndelivered, Some(turn.id)));
    let view = told[0].detail.delivery.as_ref().unwrap();
    assert_eq!((view.error_code, view.attempts), (Some(30_006), 1));
    assert!(store::delivery::is_claimed(&mut tx, org, "SM77").await.unwrap());
    assert!(!store::delivery::is_claimed(&mut tx, org, "SM78").await.unwrap());
}

async fn drafts_are_kept_until_removed(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    seed::persona(&db, store, "Juno").await;
    let (lead, org) = (customer(&db, store, 1).await, store.org);
    let draft = |kind, text: &str, seconds| Draft {
        id: DraftId::new(),
        lead_id: lead,
        author: author(kind, store),
        text: text.to_owned(),
        reason: "price_without_source".into(),
        at: at(seconds),
    };
    let (second, first) = (draft(AuthorKind::Member, "Second", 5), draft(AuthorKind::Ai, "First", 4));
    for draft in [second.clone(), first.clone()] {
        commit!(&db, Scope::Org(org), |tx| store::draft::insert(tx, org, &draft).await).await.unwrap();
    }
    let (id, gone) = (first.id, second.id);
    commit!(&db, Scope::Org(org), |tx| store::draft::edit(tx, org, id, "Edited".into()).await).await.unwrap();
    let mut tx = db.read(Scope::Org(org)).await.unwrap();
    let drafts = store::draft::list(&mut tx, org, lead).await.unwrap();
    drop(tx);
    let shown: Vec<_> = drafts.iter().map(|d| (d.text.as_str(), d.author.name.as_deref())).collect();
    assert_eq!(shown, [("Edited", Some("Juno")), ("Second", Some("Dana Example"))], "oldest first");
    for _ in 0..2 {
        commit!(&db, Scope::Org(org), |tx| store::draft::remove(tx, org, at(9), lead, gone).await)
            .await
            .unwrap();
    }
    let mut tx = db.read(Scope::Org(org)).await.unwrap();
    assert!(matches!(store::draft::find(&mut tx, org, gone).await, Err(DbError::NotFound)));
    assert_eq!(store::draft::find(&mut tx, org, id).await.unwrap().text, "Edited");
    drop(tx);
    let removed = "SELECT COUNT(*) FROM events WHERE kind = 'draft.removed'";
    assert_eq!(count(&db, removed).await, 1, "told once");
    events_are_dense(&db).await;
}

/// Pruning everything at once would stop the desk for minutes.
async fn old_receipts_are_pruned_a_piece_at_a_time(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let day = Duration::from_secs(24 * 3600);
    let id = |age: u32, n: u8| {
        let moment = At::from_unix_seconds(1_700_000_000) - day * age;
        let milliseconds = u64::try_from(moment.micros() / 1_000).unwrap();
        ReceiptId::from_uuid(uuid::Builder::from_unix_timestamp_millis(milliseconds, &[n; 10]).into_uuid())
    };
    for n in 0..10 {
        let receipt = NewReceipt {
            id: id(if n < 7 { 40 } else { 20 }, n),
            source: "twilio.status",
            key: n.to_string(),
            body: String::new(),
        };
        commit!(&db, Scope::Org(store.org), |tx| store::receipt::insert(tx, store.org, at(0), receipt).await)
            .await
            .unwrap();
    }
    for removed in [5, 2, 0] {
        let before = at(0) - day * 30;
        let pruned =
            commit!(&db, Scope::Org(store.org), |tx| store::retention::receipts(tx, store.org, before, 5)
                .await);
        assert_eq!(pruned.await.unwrap(), removed);
    }
    assert_eq!(count(&db, "SELECT COUNT(*) FROM receipts").await, 3);
}
