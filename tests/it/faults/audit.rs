//! The audit after every fault: acknowledged is stored, stored is answered, the carrier has no twins, numbers have no gaps.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use lotline_common::LeadId;
use lotline_sim::{Inbound, Ledger};
use lotlined::{
    db::{Db, Hold, Listener, Scope, Tx},
    tasks::Tasks,
};

use crate::{
    store::{count, events_are_dense, threads_are_dense},
    support::{eventually, killable::Desk},
};

/// What the audit counted.
pub(crate) struct Audit {
    pub(crate) acknowledged: usize,
    /// Customers' texts in threads.
    pub(crate) turns: usize,
    /// Texts that the carrier took from us.
    pub(crate) sent: usize,
    /// Messages that wait for a person to settle them.
    pub(crate) to_operator: usize,
    /// Texts without an answer whose customer a person sees as waiting.
    pub(crate) to_people: usize,
}

impl Audit {
    /// For the report.
    pub(crate) fn told(&self) -> String {
        let told = format!("0 of {} acknowledged lost, 0 of {} sent doubled", self.acknowledged, self.sent);
        if self.to_people == 0 { told } else { format!("{told}, {} left to a person", self.to_people) }
    }
}

/// Ends the load, lets the daemon finish, stops it and looks at everything.
pub(crate) async fn audit(desk: &mut Desk) -> Audit {
    let settled = settle(desk).await;
    assert!(desk.terminate(Duration::from_secs(15)).await.success());
    let ledger = desk.vendors.ledger().await;
    let audit = judge(desk, &ledger).await;
    println!("settled in {settled:.1?}: {}", audit.told());
    audit
}

/// The longest that messages of unknown outcome take: the carrier is asked for three minutes, twice, and what is sent again
/// has its pace.
const LONGEST: Duration = Duration::from_secs(600);

pub(crate) async fn open(desk: &Desk) -> Db {
    Db::open(desk.url(), Hold::Command, &Tasks::new(), Listener::deaf()).await.unwrap()
}

/// The number of the newest event.
pub(crate) async fn newest(desk: &Desk) -> i64 {
    let db = open(desk).await;
    let newest = count(&db, "SELECT MAX(event_seq) FROM organizations").await;
    db.close().await;
    newest
}

/// Until nothing is left to do; how long it took.
pub(crate) async fn settle(desk: &Desk) -> Duration {
    let begun = Instant::now();
    let db = open(desk).await;
    eventually(LONGEST, || async {
        let busy = "SELECT (SELECT COUNT(*) FROM jobs WHERE kind <> 'expire_handoff' AND state <> 'dead')
             + (SELECT COUNT(*) FROM deliveries WHERE state IN ('held', 'queued', 'attempting'))";
        count(&db, busy).await == 0
    })
    .await;
    db.close().await;
    begun.elapsed()
}

/// What must hold whatever happened.
pub(crate) async fn judge(desk: &Desk, ledger: &Ledger) -> Audit {
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
    let for_a_person = for_a_person(&mut tx).await;
    drop(tx);
    println!("deliveries {unsettled:?}, dead jobs {dead:?}");
    let sids: HashMap<&str, &str> = stored.iter().map(|(sid, text)| (sid.as_str(), text.as_str())).collect();
    let bodies: HashSet<&str> = sids.values().copied().collect();
    assert_eq!((sids.len(), bodies.len()), (stored.len(), stored.len()), "a text is stored once");
    let acknowledged: Vec<_> =
        ledger.inbound.iter().filter(|text| text.acknowledged_at_us.is_some()).collect();
    let is_stored = |text: &&Inbound| sids.get(text.sid.as_str()) == Some(&text.body.as_str());
    let lost: Vec<_> = acknowledged.iter().filter(|text| !is_stored(text)).map(|text| &text.body).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged lost: {lost:?}", lost.len(), acknowledged.len());
    // Whatever is stored is answered, acknowledged or not: the customer sees no difference. Or a person is told.
    let stored_unanswered =
        ledger.unanswered().into_iter().filter(|text| sids.contains_key(text.sid.as_str()));
    let (shown, forgotten): (Vec<_>, Vec<_>) =
        stored_unanswered.partition(|text| for_a_person.contains(&text.sid));
    assert!(forgotten.is_empty(), "{} stored and never answered: {forgotten:#?}", forgotten.len());
    let claimed: HashSet<&str> = claimed.iter().map(|(sid,)| sid.as_str()).collect();
    let strays: Vec<_> = ledger.outbound.iter().filter(|text| !claimed.contains(text.sid.as_str())).collect();
    assert!(strays.is_empty(), "at the carrier twice, or shown as sent in no thread: {strays:#?}");
    assert_eq!(claimed.len(), ledger.outbound.len(), "what is shown as sent never was there");
    assert!(dead.is_empty(), "{dead:?}");
    let to_operator = count(&db, "SELECT COUNT(*) FROM deliveries WHERE needs_operator").await;
    let hidden =
        count(&db, "SELECT COUNT(*) FROM deliveries WHERE state = 'unknown' AND NOT needs_operator").await;
    assert_eq!(hidden, 0, "an unknown outcome is neither settled nor shown");
    answered_once(&db).await;
    events_are_dense(&db).await;
    threads_are_dense(&db).await;
    db.close().await;
    for log in [desk.log(), desk.vendors.said()] {
        assert!(!log.contains("panicked"), "{log}");
    }
    Audit {
        acknowledged: acknowledged.len(),
        turns: stored.len(),
        sent: ledger.outbound.len(),
        to_operator: usize::try_from(to_operator).unwrap(),
        to_people: shown.len(),
    }
}

/// Texts that the console shows as a person's: their answer's outcome is for a person to settle, or the customer waits for
/// one and has since this text or longer.
async fn for_a_person(tx: &mut Tx) -> HashSet<String> {
    let sids: Vec<(String,)> = tx
        .query(
            "SELECT t.carrier_sid FROM turns t JOIN leads l ON l.id = t.lead_id
             WHERE t.author_kind = 'customer' AND ((l.floor_kind <> 'ai' AND l.waiting_since <= t.at) OR EXISTS (
                 SELECT 1 FROM turns o JOIN deliveries d ON d.turn_id = o.id
                 WHERE d.needs_operator AND o.lead_id = t.lead_id AND o.seq > t.seq))",
        )
        .all()
        .await
        .unwrap();
    sids.into_iter().map(|(sid,)| sid).collect()
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
