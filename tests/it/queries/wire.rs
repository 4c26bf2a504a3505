//! The round trips of a transaction, counted on the wire: what the counter says is what the server answers.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use lotlined::{
    db::{Db, DbError, Hold, Listener, Scope},
    tasks::Tasks,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
};
use url::Url;

use crate::support::{db::Fresh, eventually};

/// A road to the same server, and how often the server said on it that it is ready for the next question.
async fn road(url: &str) -> (String, Arc<AtomicU64>) {
    let mut url = Url::parse(url).unwrap();
    let server = (url.host_str().unwrap().to_owned(), url.port().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    url.set_query(Some("sslmode=disable"));
    let (tasks, ready) = (Tasks::new(), Arc::new(AtomicU64::new(0)));
    let (own, count) = (tasks.clone(), ready.clone());
    tasks.spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect((server.0.as_str(), server.1)).await.unwrap();
            let ((mut near_in, near_out), (far_in, mut far_out)) = (near.into_split(), far.into_split());
            own.spawn(async move { copy(&mut near_in, &mut far_out).await });
            own.spawn(answers(far_in, near_out, count.clone()));
        }
    });
    (url.into(), ready)
}

/// Each message of the server is a letter, its length and the rest; `Z` ends an answer.
async fn answers(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    ready: Arc<AtomicU64>,
) {
    let mut head = [0; 5];
    while from.read_exact(&mut head).await.is_ok() {
        let [kind, length @ ..] = head;
        let mut rest = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
        from.read_exact(&mut rest).await.unwrap();
        if kind == b'Z' {
            ready.fetch_add(1, SeqCst);
        }
        if to.write_all(&[&head[..], &rest].concat()).await.is_err() {
            break;
        }
    }
}

async fn read(db: &Db, statements: usize) -> Result<(), DbError> {
    let mut tx = db.read(Scope::System).await?;
    for _ in 0..statements {
        tx.query("SELECT 1::bigint").one::<(i64,)>().await?;
    }
    Ok(())
}

async fn write(db: &Db, statements: usize) -> Result<(), DbError> {
    db.write(Scope::System, move |tx| {
        Box::pin(async move {
            for _ in 0..statements {
                tx.query("UPDATE organizations SET name = name").execute().await?;
            }
            Ok(())
        })
    })
    .await
}

/// So often a piece of work is done before the answers are counted: what comes late of one is there by the next.
const TIMES: u64 = 4;

/// Answers of the server to a piece of work that is done [`TIMES`], and how many of them the counter has, at the least
/// of some rounds: the first on each connection prepare statements, and a busy machine opens several. `unasked` answers
/// come after each, and nobody waits for them.
async fn least<F: Future<Output = Result<(), DbError>>>(
    db: &Db,
    ready: &AtomicU64,
    unasked: u64,
    work: impl Fn() -> F,
) -> (u64, u64) {
    let mut least = (u64::MAX, 0);
    for _ in 0..10 {
        let (answered, asked) = (ready.load(SeqCst), db.asked().round_trips);
        let now = || (ready.load(SeqCst) - answered, db.asked().round_trips - asked);
        for done in 1..=TIMES {
            work().await.unwrap();
            let all = || async { now().0 >= now().1 + done * unasked };
            eventually(Duration::from_secs(10), all).await;
        }
        least = least.min(now());
    }
    least
}

/// Lost: a millisecond for every request to a server in the next room, for a scope that can go with `BEGIN`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_costs_its_statements_its_beginning_and_its_commit() {
    let fresh = Fresh::postgres().await;
    let (url, ready) = road(&fresh.url).await;
    let db = Db::open(url.as_str(), Hold::Command, &Tasks::new(), Listener::deaf()).await.unwrap();
    for (statements, of_them) in [(1, 1), (3, 3)] {
        // A reader is rolled back; a connection that is given back is rolled back and tried.
        let often = |answers, asked| (TIMES * answers, TIMES * asked);
        assert_eq!(least(&db, &ready, 3, || read(&db, statements)).await, often(of_them + 4, of_them + 1));
        assert_eq!(least(&db, &ready, 2, || write(&db, statements)).await, often(of_them + 4, of_them + 2));
    }
    db.close().await;
    fresh.remove().await;
}
