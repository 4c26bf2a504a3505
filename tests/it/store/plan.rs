//! How the engines read what an operator looks at all day: by an index that yields it in order, from where a page begins.

use std::sync::{Arc, Mutex};

use lotline_common::{
    UserId,
    api::lead::{FloorKind, LeadSort, LeadStatus, Sentiment},
};
use lotlined::{
    db::{DbError, Lens, Scope, Tx},
    domain::organization::OrgKey,
    store::{
        ingest,
        lead::{Filter, Position, page},
    },
};

use super::{BURST, inbound, receive};
use crate::support::{
    db::Fresh,
    opened::Opened,
    seed::{self, NewLead},
};

both_engines!(
    a_page_of_every_list_is_read_from_its_index,
    a_text_finds_its_sender_by_keys,
    texts_of_a_list_are_looked_for_by_keys,
);

/// What a list is read from, on SQLite and on PostgreSQL.
type Indexes = [&'static str; 2];

const RECENT: Indexes = ["leads_recent"; 2];
const WAITING: Indexes = ["leads_waiting"; 2];
const OF_MEMBER: Indexes = ["leads_of_member"; 2];
const BY_NAME: Indexes = ["leads_by_name"; 2];
const BY_STATUS: Indexes = ["leads_by_status"; 2];
const BY_SENTIMENT: Indexes = ["leads_by_sentiment"; 2];
const BY_FLOOR: Indexes = ["leads_by_floor"; 2];
const KEY: Indexes = ["sqlite_autoindex_leads_1", "leads_pkey"];

/// Lost: a list that reads and sorts every customer of the organization for each page, unnoticed while there are few.
async fn a_page_of_every_list_is_read_from_its_index(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    for name in ["Ava Example", "Sam Example", "Zoe Example"] {
        seed::lead(&db, store, NewLead::new(name, 1)).await;
    }
    for (filter, sort, indexes) in lists(store.user) {
        let mut tx = db.read(Scope::Org(store.org)).await.unwrap();
        let (_, second) = page(&mut tx, store.org, &Filter::default(), sort, None, 1).await.unwrap();
        for after in [None, second] {
            let Some(asked) = statement(&mut tx, store.org, &filter, sort, after.as_ref()).await else {
                assert_eq!(filter.waiting, Some(true), "only those who wait end before everybody does");
                continue;
            };
            let plan = plan(&mut tx, &asked).await;
            let read = indexes.iter().filter(|index| plan.contains(tx.pick(index[0], index[1]))).count();
            // A page that begins in the last part reads no other.
            let wanted = if after.is_none() { indexes.len() } else { 1 };
            assert!(read >= wanted, "{indexes:?} for {sort:?} {filter:?} from {after:?}:\n{plan}");
            let contacts = tx.pick("COVERING INDEX lead_contacts_by_lead", "lead_contacts_by_lead");
            assert!(plan.contains(contacts), "phones are found by their lead:\n{plan}");
            assert!(!plan.contains("USE TEMP B-TREE"), "SQLite sorts no page anew:\n{plan}");
            let passed_over = plan.lines().any(|line| line.contains("Filter:") && line.contains("ROW("));
            assert!(!passed_over, "{sort:?} from {after:?} begins where the index does:\n{plan}");
        }
    }
}

/// Lost: a search that reads and sorts all who are called so, unnoticed while there are few. What PostgreSQL does stands in
/// a function.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_takes_the_newest_as_its_index_yields_them() {
    let fresh = Fresh::sqlite();
    let db = Opened::on(&fresh).await.db;
    let store = seed::store(&db, 1).await;
    let filter = Filter { words: vec!["sam".into(), "example".into()], ..Filter::default() };
    let mut tx = db.read(Scope::Org(store.org)).await.unwrap();
    let asked = statement(&mut tx, store.org, &filter, LeadSort::Recent, None).await.unwrap();
    let plan = plan(&mut tx, &asked).await;
    let looks: Vec<&str> = plan.split("SCAN i VIRTUAL TABLE INDEX").skip(1).collect();
    assert_eq!(looks.len(), 2, "how words begin, and parts of them:\n{plan}");
    for look in looks {
        let after: Vec<&str> = look.lines().skip(1).take(2).collect();
        assert!(after[0].starts_with("SEARCH s USING INTEGER PRIMARY KEY"), "{plan}");
        assert!(!after[1].contains("TEMP B-TREE FOR ORDER BY"), "{plan}");
    }
    drop(tx);
    fresh.remove().await;
}

/// Lost: a desk that reads every message it ever had for each new one, unnoticed until it is busy.
async fn a_text_finds_its_sender_by_keys(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let text = |sid| inbound(store.org, sid, 1, "Is the truck still there?", 0);
    receive(&db, vec![text("SM1")]).await.unwrap();
    let again = text("SM2");
    let looked_up = db.write(Scope::Org(store.org), move |tx| {
        Box::pin(async move {
            let seen = listen(tx);
            ingest::receive(tx, &[&again], BURST).await?;
            let (mut look_ups, mut locks) = (0, 0);
            for asked in heard(tx, &seen) {
                if asked.contains("repeated_turn") {
                    look_ups += 1;
                    finds_by_keys(tx, &asked).await;
                } else if asked.contains("FOR UPDATE") {
                    locks += 1;
                    let plan = plan(tx, &asked).await;
                    assert!(plan.contains("leads_pkey"), "{plan}");
                }
            }
            assert_eq!((look_ups, locks), tx.pick((1, 0), (2, 1)));
            Ok::<_, DbError>(())
        })
    });
    looked_up.await.unwrap();
}

/// Lost: a daemon that reads every message of the desk, each time that it asks the carrier for what it missed.
async fn texts_of_a_list_are_looked_for_by_keys(fresh: &Fresh) {
    let db = Opened::on(fresh).await.db;
    let store = seed::store(&db, 1).await;
    let mut tx = db.read(Scope::Org(store.org)).await.unwrap();
    let seen = listen(&mut tx);
    let text = inbound(store.org, "SM1", 1, "", 0);
    ingest::stored(&mut tx, store.org, &[(&text.from, &text.sid)]).await.unwrap();
    let asked = heard(&mut tx, &seen);
    assert_eq!(asked.len(), 1);
    finds_by_keys(&mut tx, &asked[0]).await;
}

/// Lost: a server that starts processes, and ends them, for what one session reads in a moment. Sequential scans are priced
/// out, so whatever no index serves looks dear enough for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_starts_no_processes_for_a_statement() {
    const UNSERVED: &str =
        "EXPLAIN SELECT text FROM turns WHERE text <> '' UNION ALL SELECT name FROM leads WHERE name <> ''";
    let fresh = Fresh::postgres().await;
    let db = Opened::on(&fresh).await.db;
    let mut tx = db.read(Scope::System).await.unwrap();
    let mut starts = Vec::new();
    for allowed in ["", "SET LOCAL max_parallel_workers_per_gather = 2"] {
        if !allowed.is_empty() {
            tx.query(allowed).execute().await.unwrap();
        }
        let plan: Vec<(String,)> = tx.query(UNSERVED).all().await.unwrap();
        starts.push(plan.iter().any(|(step,)| step.contains("Workers Planned")));
    }
    assert_eq!(starts, [false, true], "with our settings, and without");
    drop(tx);
    fresh.remove().await;
}

/// The customer by the phone, the text among theirs and among those of whoever was erased.
async fn finds_by_keys(tx: &mut Tx, asked: &str) {
    let plan = plan(tx, asked).await;
    let contacts = tx.pick("PRIMARY KEY (organization_id=? AND kind=? AND value=?)", "lead_contacts_pkey");
    let of_lead = tx.pick("turns_by_carrier_sid (lead_id=? AND carrier_sid=?", "turns_by_carrier_sid");
    for index in [contacts, of_lead, "turns_erased"] {
        assert!(plan.contains(index), "{index}:\n{plan}");
    }
    assert!(!plan.contains("Seq Scan"), "{plan}");
}

fn lists(member: UserId) -> Vec<(Filter, LeadSort, &'static [Indexes])> {
    let all = Filter::default();
    let waiting = Filter { waiting: Some(true), ..all.clone() };
    let mine = Filter { assigned_to: Some(member), ..all.clone() };
    let new = Filter { status: Some(LeadStatus::New), ..all.clone() };
    let lost = Filter { status: Some(LeadStatus::Lost), ..all.clone() };
    let cold = Filter { sentiment: Some(Sentiment::Cold), ..all.clone() };
    let paused = Filter { floor: Some(FloorKind::Paused), ..all.clone() };
    vec![
        (all.clone(), LeadSort::Waiting, &[WAITING, RECENT]),
        (all.clone(), LeadSort::Recent, &[RECENT]),
        (all.clone(), LeadSort::Created, &[KEY]),
        (all, LeadSort::Name, &[BY_NAME, RECENT]),
        (waiting, LeadSort::Waiting, &[WAITING]),
        (mine.clone(), LeadSort::Recent, &[OF_MEMBER]),
        (mine, LeadSort::Waiting, &[WAITING, OF_MEMBER]),
        (new, LeadSort::Recent, &[RECENT]),
        (lost.clone(), LeadSort::Recent, &[BY_STATUS]),
        (lost, LeadSort::Waiting, &[WAITING, BY_STATUS]),
        (cold.clone(), LeadSort::Recent, &[BY_SENTIMENT]),
        (cold, LeadSort::Waiting, &[WAITING, BY_SENTIMENT]),
        (paused.clone(), LeadSort::Recent, &[BY_FLOOR]),
        (paused, LeadSort::Waiting, &[WAITING, BY_FLOOR]),
    ]
}

/// What a page asks first; nothing where its list ends before `after`.
async fn statement(
    tx: &mut Tx,
    org: OrgKey,
    filter: &Filter,
    sort: LeadSort,
    after: Option<&Position>,
) -> Option<String> {
    let seen = listen(tx);
    page(tx, org, filter, sort, after, 50).await.unwrap();
    heard(tx, &seen).into_iter().next()
}

type Asked = Arc<Mutex<Vec<String>>>;

/// Collects the statements of the transaction from here on.
fn listen(tx: &mut Tx) -> Asked {
    let seen = Asked::default();
    let kept = seen.clone();
    tx.look_through(Lens::new(move |sql| {
        kept.lock().unwrap().push(sql.to_owned());
        None
    }));
    seen
}

/// No more are collected; those that were.
fn heard(tx: &mut Tx, seen: &Asked) -> Vec<String> {
    tx.look_through(Lens::default());
    std::mem::take(&mut *seen.lock().unwrap())
}

/// How the engine would run a statement of unknown arguments, however few rows there are.
async fn plan(tx: &mut Tx, sql: &str) -> String {
    let count = (1..100).take_while(|number| sql.contains(&format!("${number}"))).count();
    if tx.pick(true, false) {
        let mut query = tx.query("EXPLAIN QUERY PLAN ").push(leaked(sql.to_owned()));
        for _ in 0..count {
            query = query.bind(None::<i64>);
        }
        let steps: Vec<(i64, i64, i64, String)> = query.all().await.unwrap();
        return steps.into_iter().map(|(.., step)| step).collect::<Vec<_>>().join("\n");
    }
    let nothing = vec!["NULL"; count].join(", ");
    // A placeholder would be taken for one of the block's own.
    let sql = sql.replace('$', "§");
    let block = format!(
        "DO $do$ DECLARE line TEXT; lines TEXT := '';
         BEGIN
             PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                 set_config('enable_sort', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true);
             EXECUTE 'PREPARE page AS ' || replace($sql${sql}$sql$, '§', chr(36));
             FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) EXECUTE page({nothing})' LOOP
                 lines := lines || line || chr(10);
             END LOOP;
             EXECUTE 'DEALLOCATE page';
             PERFORM set_config('test.plan', lines, true);
         END $do$"
    );
    tx.query(leaked(block)).execute().await.unwrap();
    let (plan,): (String,) = tx.query("SELECT current_setting('test.plan')").one().await.unwrap();
    plan
}

/// Statements of the daemon are part of its binary; this one lives as long as the test.
fn leaked(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}
