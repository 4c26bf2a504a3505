//! The server dies, comes back, refuses to write, or a caller gives up: nothing is half done and nobody restarts us.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::join_all;
use lotlined::{
    db::{Committed, Db, DbError, Hold, Listener, Scope},
    domain::organization::OrgKey,
    store::event::{self, NewEvent},
    tasks::Tasks,
};
use sqlx::Connection;

use super::{open, run, write};
use crate::{
    store::{at, commit, customer},
    support::{cluster::Cluster, db::Fresh, desk::Desk, eventually, seed, shop::customer as phone, slow},
};

const OTHERS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()";

async fn numbers(db: &Db) -> Result<BTreeSet<i64>, DbError> {
    let mut tx = db.read(Scope::System).await?;
    let rows: Vec<(i64,)> = tx.query("SELECT created_at FROM users").all().await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// Who was told "done" finds it done; who was told "busy" may ask again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_connections_lose_no_acknowledged_write() {
    let fresh = Fresh::postgres().await;
    let db = open(&fresh.url).await.unwrap();
    let mut owner = fresh.owner().await;
    let mut acknowledged = BTreeSet::new();
    let mut refused = 0;
    for round in 0..10_i64 {
        let writes = (0..20).map(|n| {
            let db = db.clone();
            async move { (round * 20 + n, write(&db, round * 20 + n).await) }
        });
        let (outcomes, ()) = futures::join!(join_all(writes), async { run(&mut owner, OTHERS).await });
        for (number, outcome) in outcomes {
            match outcome {
                Ok(()) => drop(acknowledged.insert(number)),
                Err(DbError::Busy(_)) => refused += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    println!("{} acknowledged, {refused} refused", acknowledged.len());
    assert!(refused > 0, "some were hit");
    eventually(Duration::from_secs(5), || async { write(&db, 1_000).await.is_ok() }).await;
    let stored = numbers(&db).await.unwrap();
    assert!(stored.is_superset(&acknowledged), "{:?}", acknowledged.difference(&stored));
    owner.close().await.unwrap();
    db.close().await;
    fresh.remove().await;
}

/// After a failover the old primary takes no writes; connections to it must not be kept for half an hour.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_no_writes_is_left() {
    let fresh = Fresh::postgres().await;
    let db = open(&fresh.url).await.unwrap();
    let mut owner = fresh.owner().await;
    let database = fresh.url.rsplit('/').next().unwrap();
    run(&mut owner, format!("ALTER DATABASE {database} SET default_transaction_read_only = on")).await;
    run(&mut owner, OTHERS).await;
    eventually(Duration::from_secs(5), || async { matches!(write(&db, 1).await, Err(DbError::ReadOnly)) })
        .await;
    eventually(Duration::from_secs(5), || async { numbers(&db).await.is_ok_and(|none| none.is_empty()) })
        .await;
    // Connections that were made meanwhile would refuse for ever.
    run(&mut owner, "SET default_transaction_read_only = off").await;
    run(&mut owner, format!("ALTER DATABASE {database} RESET default_transaction_read_only")).await;
    eventually(Duration::from_secs(5), || async { write(&db, 2).await.is_ok() }).await;
    assert_eq!(numbers(&db).await.unwrap(), BTreeSet::from([2]));
    owner.close().await.unwrap();
    db.close().await;
    fresh.remove().await;
}

/// A desk outlives its database's crash: it says that it cannot, and goes on by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_goes_on_after_its_server_crashed() {
    let cluster = Cluster::start();
    let fresh = cluster.database().await;
    let desk = Desk::open(&fresh).await;
    let shop = desk.shop(1).await;
    shop.hears(&phone(1), "Are you open today?").await;
    shop.until_sent(&phone(1), 1).await;
    cluster.crash();
    let refused = shop.text(&phone(2), "Do you have the blue one?").await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    let answer = shop.admin.get("/api/v1/leads").await;
    assert_eq!((answer.status.as_u16(), answer.retry_after), (503, Some(1)), "{}", answer.text);
    assert_eq!(desk.stranger.get("/readyz").await.status, 503);
    assert_eq!(desk.stranger.get("/healthz").await.status, 200);
    cluster.up();
    eventually(Duration::from_secs(10), || async { desk.stranger.get("/readyz").await.status == 200 }).await;
    shop.hears(&phone(2), "Do you have the blue one?").await;
    shop.until_sent(&phone(2), 1).await;
    desk.close().await;
}

/// What another daemon says while we cannot hear is looked up when we can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_was_deaf_looks_again() {
    let fresh = Fresh::postgres().await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = heard.clone();
    let listener = Listener::new(move |facts| ear.lock().unwrap().extend(facts));
    let db = Db::open(&fresh.url, Hold::Daemon, &Tasks::new(), listener).await.unwrap();
    let other = open(&fresh.url).await.unwrap();
    let store = seed::store(&other, 1).await;
    let org = store.org;
    let tell = async || {
        let event = NewEvent::new(lotline_common::event::EventKind::LeadCreated);
        drop(commit!(&other, Scope::Org(org), |tx| event::append(tx, org, at(1), event)).await);
    };
    let has = |wanted: fn(&Committed) -> bool| heard.lock().unwrap().iter().any(wanted);
    eventually(Duration::from_secs(5), || async {
        tell().await;
        has(|fact| matches!(fact, Committed::Elsewhere(Some(org)) if org.number() == 1))
    })
    .await;
    assert!(!has(|fact| matches!(fact, Committed::Elsewhere(None) | Committed::Event(..))));
    heard.lock().unwrap().clear();
    run(&mut fresh.owner().await, OTHERS).await;
    eventually(Duration::from_secs(5), || async { has(|fact| matches!(fact, Committed::Elsewhere(None))) })
        .await;
    eventually(Duration::from_secs(5), || async {
        tell().await;
        has(|fact| matches!(fact, Committed::Elsewhere(Some(_))))
    })
    .await;
    for db in [db, other] {
        db.close().await;
    }
    fresh.remove().await;
}

/// A console that is closed while its request begins must leave no open transaction, and no organization for the next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_give_up_leave_nothing_behind() {
    let fresh = Fresh::postgres().await;
    let near = open(&fresh.url).await.unwrap();
    for number in 1..=4 {
        let store = seed::store(&near, number).await;
        customer(&near, store, 1).await;
    }
    let db = open(&slow::road(&fresh.url, Duration::from_millis(4)).await).await.unwrap();
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut outcomes = (0, 0);
    for _ in 0..20 {
        let readers = (0..100).map(|_| {
            let (db, org, patience) = (db.clone(), rng.i64(1..=4), Duration::from_millis(rng.u64(0..250)));
            tokio::time::timeout(patience, async move {
                let mut tx = db.read(Scope::Org(OrgKey::new(org))).await?;
                let seen: Vec<(i64,)> = tx.query("SELECT organization_id FROM leads").all().await?;
                assert_eq!(seen, [(org,)], "another's rows, or none of one's own");
                Ok::<_, DbError>(())
            })
        });
        for outcome in join_all(readers).await {
            match outcome {
                Ok(Ok(())) => outcomes.0 += 1,
                Ok(Err(DbError::Busy(_))) | Err(_) => outcomes.1 += 1,
                Ok(Err(other)) => panic!("{other:?}"),
            }
        }
    }
    println!("{} answered, {} gave up", outcomes.0, outcomes.1);
    assert!(outcomes.0 > 50 && outcomes.1 > 50, "{outcomes:?}");
    let idle = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()
         AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'";
    eventually(Duration::from_secs(5), || async { crate::store::count(&near, idle).await == 0 }).await;
    near.close().await;
    drop(db);
}
