//! The real program under load, killed again and again: what was acknowledged is there, and answered once.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use lotline_common::LeadId;
use lotline_sim::{Behaviour, BehaviourRule, Ledger, Remote, Text};
use lotlined::{
    db::{Db, Hold, Listener, Scope},
    limits,
    tasks::Tasks,
};
use reqwest::Method;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::{
    store::{count, events_are_dense, threads_are_dense},
    support::{
        caller::PASSWORD,
        chance,
        desk::PATIENCE,
        eventually,
        killable::{Desk, OWN},
        reader::Reader,
    },
};

const KILLS: usize = 30;
/// Customers; each writes now and then.
const PHONES: usize = 300;
const STREAMS_OF_A_SESSION: usize = 5;
const BETWEEN_TEXTS: Duration = Duration::from_millis(30);

/// Customers who write all the time, whatever becomes of the daemon.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    taken: watch::Receiver<usize>,
    writing: JoinHandle<usize>,
}

impl Load {
    /// One of `phones` customers writes once in `every`.
    pub(crate) fn start(sim: &Remote, phones: usize, every: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (sim, ended) = (sim.clone(), stop.clone());
        let (taking, taken) = watch::channel(0);
        let writing = Tasks::new().spawn(async move {
            let mut texts = JoinSet::new();
            let mut beat = tokio::time::interval(every);
            for n in 0.. {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                beat.tick().await;
                let text = Text::new(phone(n % phones), OWN, format!("What are your hours? No. {n}"));
                let (sim, taking) = (sim.clone(), taking.clone());
                texts.spawn(async move {
                    let taken = sim.text(text).await.unwrap().is_taken();
                    taking.send_modify(|count| *count += usize::from(taken));
                });
            }
            texts.join_all().await.len()
        });
        Self { stop, taken, writing }
    }

    /// Waits until the daemon has taken `more` texts than by now.
    pub(crate) async fn until_taken(&mut self, more: usize) {
        let enough = *self.taken.borrow() + more;
        let taken = self.taken.wait_for(|count| *count >= enough);
        assert!(tokio::time::timeout(PATIENCE, taken).await.is_ok(), "the daemon takes no texts");
    }

    /// No more texts; returns when the last was answered or given up.
    pub(crate) async fn end(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.writing.await.unwrap()
    }
}

fn phone(n: usize) -> String {
    format!("+1{}55501{:02}", [720, 970, 719][n / 100], n % 100)
}

pub(crate) async fn open(desk: &Desk) -> Db {
    Db::open(desk.url(), Hold::Command, &Tasks::new(), Listener::deaf()).await.unwrap()
}

/// A power cut, an out-of-memory kill or a bad update at any moment: no customer is forgotten, none hears us twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_nothing_and_double_nothing() {
    let seed = chance::seed();
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut desk, _) = Desk::open(seed).await;
    let mut load = Load::start(&desk.vendors.remote, PHONES, BETWEEN_TEXTS);
    let begun = Instant::now();
    let mut slowest = Duration::ZERO;
    for _ in 0..KILLS {
        load.until_taken(rng.usize(1..30)).await;
        // Where in its work the daemon is killed is left to chance; nothing tells when that moment has come.
        tokio::time::sleep(Duration::from_millis(rng.u64(0..300))).await;
        desk.kill();
        slowest = slowest.max(desk.start().await);
    }
    let under_fire = begun.elapsed();
    let texts = load.end().await;
    let settled = settle(&desk).await;
    assert!(desk.terminate(Duration::from_secs(15)).await.success());
    let ledger = desk.vendors.ledger().await;
    let acknowledged = ledger.inbound.iter().filter(|text| text.acknowledged_at_us.is_some()).count();
    println!(
        "{KILLS} kills in {under_fire:.1?}, slowest start {slowest:.2?}; {texts} texts, {acknowledged} acknowledged, \
         {} answers, settled in {settled:.1?}",
        ledger.outbound.len()
    );
    judge(&desk, &ledger).await;
    desk.remove().await;
}

/// Until nothing is left to do; how long it took.
pub(crate) async fn settle(desk: &Desk) -> Duration {
    let begun = Instant::now();
    let db = open(desk).await;
    eventually(PATIENCE * 2, || async {
        let busy = "SELECT (SELECT COUNT(*) FROM jobs WHERE kind <> 'expire_handoff' AND state <> 'dead')
             + (SELECT COUNT(*) FROM deliveries WHERE state IN ('held', 'queued', 'attempting'))";
        count(&db, busy).await == 0
    })
    .await;
    db.close().await;
    begun.elapsed()
}

/// What must hold whatever happened.
pub(crate) async fn judge(desk: &Desk, ledger: &Ledger) {
    let db = open(desk).await;
    let mut tx = db.read(Scope::System).await.unwrap();
    if desk.is_sqlite() {
        let whole: Vec<(String,)> = tx.query("PRAGMA integrity_check").all().await.unwrap();
        assert_eq!(whole, [("ok".to_owned(),)]);
    }
    let stored: Vec<(String, String)> =
        tx.query("SELECT carrier_sid, text FROM turns WHERE author_kind = 'customer'").all().await.unwrap();
    let claimed: Vec<(String,)> =
        tx.query("SELECT carrier_sid FROM deliveries WHERE carrier_sid IS NOT NULL").all().await.unwrap();
    let unsettled: Vec<(String, Option<String>, i64)> = tx
        .query("SELECT state, reason, COUNT(*) FROM deliveries GROUP BY state, reason")
        .all()
        .await
        .unwrap();
    let dead: Vec<(String, Option<String>)> =
        tx.query("SELECT kind, last_error FROM jobs WHERE state = 'dead'").all().await.unwrap();
    drop(tx);
    println!("deliveries {unsettled:?}, dead jobs {dead:?}");
    let sids: HashMap<&str, &str> = stored.iter().map(|(sid, text)| (sid.as_str(), text.as_str())).collect();
    let bodies: HashSet<&str> = sids.values().copied().collect();
    assert_eq!((sids.len(), bodies.len()), (stored.len(), stored.len()), "a text is stored once");
    for text in ledger.inbound.iter().filter(|text| text.acknowledged_at_us.is_some()) {
        assert_eq!(sids.get(text.sid.as_str()), Some(&text.body.as_str()), "acknowledged and lost");
    }
    // Whatever is stored is answered, acknowledged or not: the customer sees no difference.
    let forgotten: Vec<_> =
        ledger.unanswered().into_iter().filter(|text| sids.contains_key(text.sid.as_str())).collect();
    assert!(forgotten.is_empty(), "{} stored and never answered: {forgotten:#?}", forgotten.len());
    let claimed: HashSet<&str> = claimed.iter().map(|(sid,)| sid.as_str()).collect();
    assert_eq!(claimed.len(), ledger.outbound.len(), "a message is at the carrier twice, or never was there");
    let strays = ledger.outbound.iter().filter(|text| !claimed.contains(text.sid.as_str())).count();
    assert_eq!(strays, 0, "the carrier has messages that no thread shows as sent");
    assert!(dead.is_empty(), "{dead:?}");
    answered_once(&db).await;
    events_are_dense(&db).await;
    threads_are_dense(&db).await;
    db.close().await;
    for log in [desk.log(), desk.vendors.said()] {
        assert!(!log.contains("panicked"), "{log}");
    }
}

/// Between two answers that reached a customer stands something the customer wrote.
async fn answered_once(db: &Db) {
    let mut tx = db.read(Scope::System).await.unwrap();
    let turns: Vec<(LeadId, bool, i64)> = tx
        .query(
            "SELECT t.lead_id, t.author_kind = 'ai', t.seq FROM turns t LEFT JOIN deliveries d ON d.turn_id = t.id
             WHERE t.author_kind = 'customer' OR d.carrier_sid IS NOT NULL ORDER BY t.lead_id, t.seq",
        )
        .all()
        .await
        .unwrap();
    for pair in turns.windows(2) {
        let [(one, first_is_ours, seq), (other, second_is_ours, _)] = pair else { continue };
        assert!(
            one != other || !first_is_ours || !second_is_ours,
            "two answers to one text: {one} from turn {seq}"
        );
    }
}

/// Whoever supervises us kills what has not ended in its time, and then nothing is finished: what will not end by itself, be
/// it a request, a job or a transaction, is ended together with all else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_does_not_wait_for_what_never_ends() {
    let (mut desk, _) = Desk::several(chance::seed(), 1).await;
    desk.vendors.remote.set_behaviour(BehaviourRule::always(Behaviour::Silent)).await.unwrap();
    assert!(desk.vendors.remote.text(Text::new(phone(0), OWN, "Are you open?")).await.unwrap().is_taken());
    let asked = |ledger: &Ledger| !ledger.conversations.is_empty();
    assert!(desk.vendors.remote.wait_until(PATIENCE, asked).await.unwrap());
    let mut slow = TcpStream::connect(desk.base.trim_start_matches("http://")).await.unwrap();
    slow.write_all(b"POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
        .await
        .unwrap();
    let begun = Instant::now();
    let status = desk.terminate(limits::DRAIN + limits::DB_CLOSE + Duration::from_secs(1)).await;
    println!("SIGTERM with a silent AI and a silent client: {status}, {:.2?}", begun.elapsed());
    assert_eq!(status.code(), Some(0));
    desk.remove().await;
}

/// An operator's restart must neither hang on open consoles nor cut a text in half.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_ends_in_time() {
    let (mut desk, mut admin) = Desk::open(chance::seed()).await;
    let mut streams = Vec::new();
    for n in 0..50 {
        if n % STREAMS_OF_A_SESSION == 0 {
            let session = admin.log_in("dana@example.com", PASSWORD).await.session();
            admin = admin.with(&session.access_token);
        }
        let response = admin.request(Method::GET, "/api/v1/events").send().await.unwrap();
        assert_eq!(response.status(), 200);
        streams.push(Reader::new(response));
    }
    let load = Load::start(&desk.vendors.remote, PHONES, BETWEEN_TEXTS);
    let busy = |ledger: &Ledger| ledger.outbound.len() > 20;
    assert!(desk.vendors.remote.wait_until(PATIENCE, busy).await.unwrap());
    let begun = Instant::now();
    let status = desk.terminate(Duration::from_secs(12)).await;
    println!("SIGTERM with 50 streams: {status}, {:.2?}", begun.elapsed());
    assert_eq!(status.code(), Some(0));
    load.end().await;
    for stream in &mut streams {
        while stream.frame().await.is_some() {}
        assert!(stream.ended_well, "a console sees an end, not a broken line");
    }
    desk.start().await;
    settle(&desk).await;
    assert!(desk.terminate(Duration::from_secs(12)).await.success());
    judge(&desk, &desk.vendors.ledger().await).await;
    desk.remove().await;
}
