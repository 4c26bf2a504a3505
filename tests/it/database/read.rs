//! What a reader sees, and what becomes of one that nobody waits for.

use futures::poll;
use lotlined::{
    db::{Db, DbError, Scope},
    limits,
};
use tokio::time::timeout;

use crate::support::{db::Fresh, opened::Opened, seed};

both_engines!(a_snapshot_stays_as_it_was_and_the_next_is_new);

/// Minutes of work.
const SLOW: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000)
     SELECT COUNT(*) FROM n";

async fn organizations(db: &Db) -> i64 {
    let mut tx = db.ask(Scope::System).await.unwrap();
    let (count,) = tx.query("SELECT COUNT(*) FROM organizations").one().await.unwrap();
    count
}

/// A page whose customers and whose cursor are of two moments shows a customer twice, or never.
async fn a_snapshot_stays_as_it_was_and_the_next_is_new(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    for number in 1..=6 {
        let mut tx = db.read(Scope::System).await.unwrap();
        let counted = "SELECT COUNT(*) FROM organizations";
        assert_eq!(tx.query(counted).one::<(i64,)>().await.unwrap(), (number - 1,));
        seed::store(&db, number).await;
        assert_eq!(tx.query(counted).one::<(i64,)>().await.unwrap(), (number - 1,), "a snapshot moved");
        drop(tx);
        assert_eq!(organizations(&db).await, number, "a snapshot outlived its reader");
    }
}

/// Two statements of which each sees another moment are a defect that no test of the second would find.
#[tokio::test]
async fn one_statement_was_announced_and_no_second_is_run() {
    let fresh = Fresh::sqlite();
    let db = Opened::on(&fresh).await.db;
    let mut tx = db.ask(Scope::System).await.unwrap();
    assert_eq!(tx.query("SELECT 1").one::<(i64,)>().await.unwrap(), (1,));
    let second = tx.query("SELECT 2").one::<(i64,)>().await;
    assert!(matches!(second, Err(DbError::Statement(_))), "{second:?}");
    drop(tx);
    fresh.remove().await;
}

/// An operator who closes a slow list again and again must not keep the whole desk from reading.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_nobody_waits_for_keeps_nobody_waiting() {
    let fresh = Fresh::sqlite();
    let db = Opened::on(&fresh).await.db;
    for number in 0..2 * limits::SQLITE_READERS {
        let begun = if number % 2 == 0 { db.ask(Scope::System).await } else { db.read(Scope::System).await };
        let mut tx = begun.unwrap();
        let mut slow = Box::pin(tx.query(SLOW).one::<(i64,)>());
        assert!(poll!(&mut slow).is_pending());
    }
    let soon = limits::DB_WAIT / 2;
    assert!(matches!(timeout(soon, organizations(&db)).await, Ok(0)), "reading waits for what nobody wants");
    seed::store(&db, 1).await;
    assert_eq!(organizations(&db).await, 1, "what was given up keeps its snapshot");
    assert!(timeout(soon, db.close()).await.is_ok(), "what was given up goes on");
    fresh.remove().await;
}
