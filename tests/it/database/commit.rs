//! Writes: together in one commit, undone alone, told afterwards.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{FutureExt, future::join_all};
use lotline_common::At;
use lotlined::{
    db::{Committed, Db, DbError, EngineKind, Hold, Listener, Scope, Tx},
    tasks::Tasks,
};
use tokio::sync::oneshot;

use crate::support::{db::Fresh, eventually};

both_engines!(
    work_that_fails_or_panics_is_undone_alone,
    a_caller_that_went_away_is_committed,
    facts_are_told_after_their_commit_and_in_order,
    a_statement_must_have_all_its_arguments,
    a_stopped_database_says_so,
);

/// A database whose commits are written down, one entry each.
struct Told {
    db: Db,
    commits: Arc<Mutex<Vec<Vec<i64>>>>,
}

impl Told {
    async fn on(fresh: &Fresh) -> Self {
        let commits = Arc::new(Mutex::new(Vec::new()));
        let told = commits.clone();
        let listener = Listener::new(move |facts| {
            let numbers = facts.iter().map(|fact| match fact {
                Committed::Job(at) => at.micros(),
                other => panic!("nobody told {other:?}"),
            });
            told.lock().unwrap().push(numbers.collect());
        });
        let db = Db::open(&fresh.url, Hold::Daemon, &Tasks::new(), listener).await.unwrap();
        Self { db, commits }
    }

    fn commits(&self) -> Vec<Vec<i64>> {
        self.commits.lock().unwrap().clone()
    }

    fn facts(&self) -> Vec<i64> {
        self.commits().into_iter().flatten().collect()
    }

    /// Numbers of the rows that are there.
    async fn rows(&self) -> Vec<i64> {
        let mut tx = self.db.read(Scope::System).await.unwrap();
        let rows: Vec<(i64,)> =
            tx.query("SELECT created_at FROM users ORDER BY created_at").all().await.unwrap();
        rows.into_iter().map(|(number,)| number).collect()
    }

    async fn write(&self, number: i64) -> Result<(), DbError> {
        self.db.write(Scope::System, move |tx| put(tx, number).boxed()).await
    }
}

/// Writes a row and tells of it.
async fn put(tx: &mut Tx, number: i64) -> Result<(), DbError> {
    tx.query("INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, $2, '', '', $3)")
        .bind(uuid::Uuid::now_v7())
        .bind(format!("{number}@example.com"))
        .bind(number)
        .execute()
        .await?;
    tx.tell(Committed::Job(At::from_micros(number)));
    Ok(())
}

/// One fsync for each text would cap a store at some hundred texts a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_share_few_commits() {
    let fresh = Fresh::sqlite();
    let told = Told::on(&fresh).await;
    let written = join_all((0..500).map(|number| told.write(number))).await;
    assert!(written.iter().all(Result::is_ok));
    let commits = told.commits();
    assert_eq!(told.rows().await.len(), 500);
    assert!(commits.len() <= 25, "{} commits for 500 writers", commits.len());
    assert!(commits.iter().all(|commit| commit.len() <= lotlined::limits::WRITE_BATCH));
    told.db.close().await;
    fresh.remove().await;
}

/// One customer's bad row must not cost the others theirs.
async fn work_that_fails_or_panics_is_undone_alone(fresh: &Fresh) {
    let told = Told::on(fresh).await;
    let outcomes = join_all((0..60).map(|number| {
        told.db.write(Scope::System, move |tx| {
            async move {
                put(tx, number).await?;
                match number % 6 {
                    1 => Err(DbError::NotFound),
                    2 => panic!("a defect in an action"),
                    3 => tx.query("INSERT INTO nowhere VALUES (1)").execute().await.map(drop),
                    4 => put(tx, number).await,
                    _ => Ok(()),
                }
            }
            .boxed()
        })
    }))
    .await;
    let good: Vec<i64> = (0..60).filter(|number| matches!(number % 6, 0 | 5)).collect();
    for (number, outcome) in outcomes.iter().enumerate() {
        let right = match number % 6 {
            1 => matches!(outcome, Err(DbError::NotFound)),
            2 => matches!(outcome, Err(DbError::Statement(_))),
            3 => matches!(outcome, Err(DbError::Other(_))),
            4 => matches!(outcome, Err(DbError::Taken(_))),
            _ => outcome.is_ok(),
        };
        assert!(right, "{number}: {outcome:?}");
    }
    assert_eq!(told.rows().await, good);
    let mut facts = told.facts();
    facts.sort_unstable();
    assert_eq!(facts, good, "nobody hears of what was undone");
    // Alone in its batch, too.
    let alone =
        told.db.write(Scope::System, |tx| async move { put(tx, 999).await.and(Err(DbError::Full)) }.boxed());
    assert!(matches!(alone.await, Err::<(), _>(DbError::Full)));
    told.write(1_000).await.unwrap();
    assert_eq!(told.rows().await.len(), good.len() + 1);
}

/// SQLite ends a transaction by itself when the disk is full: nothing written after that may count as committed
/// while its caller is told otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_ended_by_itself_commits_nothing() {
    let fresh = Fresh::sqlite();
    let told = Told::on(&fresh).await;
    let (open, gate) = oneshot::channel();
    // Holds the writer until everybody else has queued.
    let first = told.db.write(Scope::System, |tx| {
        async move {
            gate.await.unwrap();
            put(tx, 0).await
        }
        .boxed()
    });
    let rest = join_all((1..20).map(|number| {
        told.db.write(Scope::System, move |tx| {
            async move {
                if number == 7 {
                    tx.query("ROLLBACK").execute().await?;
                    return Err(DbError::Full);
                }
                put(tx, number).await
            }
            .boxed()
        })
    }));
    let opened = async {
        tokio::task::yield_now().await;
        open.send(()).unwrap();
    };
    let (first, rest, ()) = futures::join!(first, rest, opened);
    // The first may have queued with the rest: then its work ended with theirs, and it was told so.
    let outcomes = std::iter::once(&first).chain(&rest);
    let mut acknowledged: Vec<_> = Vec::new();
    acknowledged
        .extend((0..20).zip(outcomes).filter(|(_, outcome)| outcome.is_ok()).map(|(number, _)| number));
    assert_eq!(told.rows().await, acknowledged, "what is there is what was said to be there");
    assert_eq!(told.facts(), acknowledged);
    told.write(100).await.unwrap();
    told.db.close().await;
    fresh.remove().await;
}

/// A customer's text is stored even if the carrier hangs up a moment before.
async fn a_caller_that_went_away_is_committed(fresh: &Fresh) {
    let told = Told::on(fresh).await;
    let (begun, started) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let work = told.db.write(Scope::System, |tx| {
        async move {
            begun.send(()).unwrap();
            gate.await.unwrap();
            put(tx, 1).await
        }
        .boxed()
    });
    let mut caller = Box::pin(work);
    tokio::select! {
        biased;
        outcome = &mut caller => panic!("it waits for the gate: {outcome:?}"),
        began = started => began.unwrap(),
    }
    drop(caller);
    open.send(()).unwrap();
    eventually(Duration::from_secs(30), || async { told.rows().await == [1] }).await;
    eventually(Duration::from_secs(30), || async { told.facts() == [1] }).await;
}

/// A pane that shows what was then undone shows a lie.
async fn facts_are_told_after_their_commit_and_in_order(fresh: &Fresh) {
    let told = Told::on(fresh).await;
    let (written, wrote) = oneshot::channel();
    let (open, gate) = oneshot::channel::<()>();
    let work = told.db.write(Scope::System, |tx| {
        async move {
            put(tx, 1).await?;
            put(tx, 2).await?;
            written.send(()).unwrap();
            gate.await.unwrap();
            Ok::<_, DbError>(())
        }
        .boxed()
    });
    let look = async {
        wrote.await.unwrap();
        assert!(told.facts().is_empty() && told.rows().await.is_empty(), "nothing before the commit");
        open.send(()).unwrap();
    };
    let (done, ()) = futures::join!(work, look);
    done.unwrap();
    assert_eq!(told.facts(), [1, 2], "the caller is answered after everybody was told");
    if told.db.kind() == EngineKind::Sqlite {
        join_all((3..200).map(|number| told.write(number))).await;
        let mut tx = told.db.read(Scope::System).await.unwrap();
        let written: Vec<(i64,)> =
            tx.query("SELECT created_at FROM users ORDER BY rowid").all().await.unwrap();
        let written: Vec<i64> = written.into_iter().map(|(number,)| number).collect();
        assert_eq!(told.facts(), written, "in the order in which they were written");
    }
}

/// SQLite would read a forgotten argument as NULL and, say, find no opt-out.
async fn a_statement_must_have_all_its_arguments(fresh: &Fresh) {
    let told = Told::on(fresh).await;
    let mut tx = told.db.read(Scope::System).await.unwrap();
    for sql in ["SELECT id FROM users WHERE created_at = $1 AND name = $2", "SELECT id FROM users"] {
        let outcome = tx.query(sql).bind(1_i64).all::<(uuid::Uuid,)>().await;
        assert!(matches!(outcome, Err(DbError::Statement(_))), "{outcome:?}");
    }
}

async fn a_stopped_database_says_so(fresh: &Fresh) {
    let told = Told::on(fresh).await;
    told.write(1).await.unwrap();
    told.db.close().await;
    assert!(matches!(told.write(2).await, Err(DbError::Stopped)));
    assert!(matches!(told.db.read(Scope::System).await, Err(DbError::Stopped)));
    assert_eq!(told.facts(), [1]);
    let again = Told::on(fresh).await;
    assert_eq!(again.rows().await, [1]);
}

/// Lost: texts acknowledged by a desk that goes on as if its disk had room, because only the author of one write heard.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_finds_no_room_holds_every_write() {
    let fresh = Fresh::sqlite();
    let told = Told::on(&fresh).await;
    told.write(1).await.unwrap();
    let bound = told.db.write(Scope::System, |tx| {
        async move {
            // No file may be smaller than it is.
            tx.query("PRAGMA max_page_count = 1").one::<(i64,)>().await
        }
        .boxed()
    });
    bound.await.map_err(|error: DbError| error).unwrap();
    let long = told.db.write(Scope::System, |tx| {
        async move {
            let filled = tx.query("UPDATE users SET name = hex(zeroblob(1000000))").execute().await;
            // Whoever writes may make of it what they like.
            filled.map_err(|error| DbError::Statement(error.to_string())).map(drop)
        }
        .boxed()
    });
    assert!(matches!(long.await, Err(DbError::Statement(_))));
    assert!(told.db.is_full());
    assert!(matches!(told.write(2).await, Err(DbError::Full)), "until there is room");
    told.db.resume().await.unwrap();
    assert_eq!(told.rows().await, [1]);
    told.db.close().await;
    fresh.remove().await;
}
