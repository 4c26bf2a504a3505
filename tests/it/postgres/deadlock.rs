//! Transactions that wait for each other: which cannot, and what becomes of those that do.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use lotline_common::{UserId, api::audit::AuditAction, event::EventKind};
use lotlined::{
    action::by_system,
    db::{Db, DbError, Scope},
    domain::audit::Entry,
    store::{
        audit,
        event::{self, NewEvent},
    },
};
use serde_json::json;
use sqlx::Connection;
use tokio::sync::{Barrier, Notify};

use super::{WAITING, open, run};
use crate::{
    store::{at, commit, count, events_are_dense},
    support::{
        caller::Caller,
        daemon::{Daemon, settings},
        db::Fresh,
        eventually, seed,
    },
};

/// Somebody with a place in both organizations; in the second first, if so wanted.
async fn at_home_in_both(db: &Db, stores: [seed::Store; 2], second_first: bool) -> UserId {
    let [one, two] = stores;
    let (user, other) = if second_first { (two.user, one) } else { (one.user, two) };
    commit!(db, Scope::System, |tx| {
        tx.query("INSERT INTO memberships (user_id, organization_id, role, created_at) VALUES ($1, $2, 'agent', 1)")
            .bind(user)
            .bind(other.org.number())
            .execute()
            .await
    })
    .await
    .unwrap();
    user
}

/// Lost: a password that could not be changed because a colleague changed theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_peoples_changes_in_two_shared_organizations_never_wait_for_each_other() {
    let fresh = Fresh::postgres().await;
    let db = open(&fresh.url).await.unwrap();
    let stores = [seed::store(&db, 1).await, seed::store(&db, 2).await];
    let people = [at_home_in_both(&db, stores, false).await, at_home_in_both(&db, stores, true).await];
    for _ in 0..50 {
        let changes = people.iter().cycle().take(8).map(|&user| {
            let db = db.clone();
            async move {
                commit!(&db, Scope::System, |tx| {
                    let told = NewEvent::new(EventKind::MemberChanged);
                    event::append_everywhere(tx, user, at(1), &told).await?;
                    let entry = Entry::new(AuditAction::PasswordChanged, by_system()).on(user);
                    audit::append_everywhere(tx, user, at(1), &entry).await
                })
                .await
            }
        });
        for change in join_all(changes).await {
            change.unwrap();
        }
    }
    events_are_dense(&db).await;
    assert_eq!(count(&db, "SELECT COUNT(*) FROM audit_log").await, 50 * 8 * 2);
    db.close().await;
    fresh.remove().await;
}

/// Lost: the texts that come in while one slow transaction of their store goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_appended_an_event_holds_up_nobody_before_the_commit() {
    let fresh = Fresh::postgres().await;
    let db = open(&fresh.url).await.unwrap();
    let org = seed::store(&db, 1).await.org;
    let (appended, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, gate) = (appended.clone(), may_end.clone());
    let slow = commit!(&db, Scope::Org(org), |tx| {
        event::append(tx, org, at(1), NewEvent::new(EventKind::LeadUpdated))?;
        inside.notify_one();
        gate.notified().await;
        Ok(())
    });
    let quick = async {
        appended.notified().await;
        let told = NewEvent::new(EventKind::LeadUpdated);
        commit!(&db, Scope::Org(org), |tx| event::append(tx, org, at(1), told)).await.unwrap();
        may_end.notify_one();
    };
    let (slow, ()) = futures::join!(slow, quick);
    slow.unwrap();
    events_are_dense(&db).await;
    assert_eq!(count(&db, "SELECT COUNT(*) FROM events").await, 2);
    db.close().await;
    fresh.remove().await;
}

async fn touch(tx: &mut lotlined::db::Tx, org: i64) -> Result<(), DbError> {
    let sql = "UPDATE organizations SET name = name WHERE id = $1";
    tx.query(sql).bind(org).execute().await.map(drop)
}

/// Lost: both of two changes, or a caller who is told of a defect where the same would go through at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_wait_for_each_other_one_is_told_to_try_again() {
    let fresh = Fresh::postgres().await;
    let db = open(&fresh.url).await.unwrap();
    for number in [1, 2] {
        seed::store(&db, number).await;
    }
    let both = Arc::new(Barrier::new(2));
    let crossing = [(1, 2), (2, 1)].map(|(first, second)| {
        let (db, both) = (db.clone(), both.clone());
        async move {
            commit!(&db, Scope::System, |tx| {
                touch(tx, first).await?;
                both.wait().await;
                touch(tx, second).await
            })
            .await
        }
    });
    let outcomes = join_all(crossing).await;
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let undone = outcomes.iter().filter(|outcome| matches!(outcome, Err(DbError::Contended(_)))).count();
    assert_eq!((done, undone), (1, 1), "{outcomes:?}");
    db.close().await;
    fresh.remove().await;
}

/// A session looks for a deadlock once: the other has so long to close the circle, and less than who waits for a lock has.
const PATIENT: &str = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''4s''', current_database()); END $$";

const DEADLOCKS: &str = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";

/// Lost: an operator's note, to something that the next try would not have met.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_was_undone_is_done_again_before_it_is_answered() {
    let fresh = Fresh::postgres().await;
    let mut other = fresh.owner().await;
    run(&mut other, PATIENT).await;
    // Exactly one shall wait: no job of the daemon's own.
    let quiet = settings(&fresh.url, "open_signup = true\n[jobs]\nenabled = false");
    let daemon = Daemon::start_with(quiet).await;
    let (admin, _) = Caller::stranger(&daemon).found("dana@example.com", "Dana Motors").await;
    let lead = admin.post("/api/v1/leads", json!({"phone": "+13035550101"})).await.json();
    let notes = format!("/api/v1/leads/{}/notes", lead["id"].as_str().unwrap());
    let watch = open(&fresh.url).await.unwrap();
    let waits = || eventually(Duration::from_secs(10), || async { count(&watch, WAITING).await == 1 });
    // The request sees the deadlock first, and so is the one that is undone.
    run(&mut other, "SET deadlock_timeout = '60s'").await;
    run(&mut other, "BEGIN; UPDATE organizations SET name = name").await;
    let note = async { admin.post(&notes, json!({"text": "Brings a trade-in."})).await };
    let cross = async {
        waits().await;
        // Its own lead is what the note holds and the other wants next.
        run(&mut other, "UPDATE leads SET unread = unread").await;
        waits().await;
        run(&mut other, "COMMIT").await;
    };
    let (note, ()) = futures::join!(note, cross);
    assert_eq!(note.status, 201, "{}", note.text);
    let timeline = admin.get(&notes.replace("/notes", "/timeline")).await.json();
    assert_eq!(timeline["items"].as_array().unwrap().len(), 1);
    eventually(Duration::from_secs(10), || async { count(&watch, DEADLOCKS).await == 1 }).await;
    other.close().await.unwrap();
    watch.close().await;
    daemon.stop().await;
    fresh.remove().await;
}
