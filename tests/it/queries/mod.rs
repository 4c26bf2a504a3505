//! What each request costs the database, counted on both engines and written down in docs/performance.md.

mod desk;
mod table;
mod wire;

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use lotlined::{db::Asked, http::route::documentation};
use serde_json::Value;

use crate::support::db::Fresh;
use desk::Desk;
use table::{CASES, Case, STATIC};

both_engines!(
    who_asks_is_known_without_a_question,
    rows_of_a_list_cost_no_statement_each,
    an_event_costs_the_same_whoever_listens,
);

type Costs = BTreeMap<&'static str, Asked>;

async fn costs(fresh: &Fresh, rows: usize) -> Costs {
    let desk = Desk::open(fresh, rows).await;
    let mut costs = Costs::new();
    for case in CASES {
        costs.insert(case.route, desk.cost(case).await);
    }
    desk.stop().await;
    costs
}

/// Lost: a query for every request and every beat of a stream before anything is done.
async fn who_asks_is_known_without_a_question(fresh: &Fresh) {
    let desk = Desk::open(fresh, 1).await;
    for caller in desk.callers().await {
        assert_eq!(desk.refused(&caller).await, Asked::default());
    }
    desk.stop().await;
}

/// Lost: a desk that gets slower with every row on the screen.
async fn rows_of_a_list_cost_no_statement_each(fresh: &Fresh) {
    let few = costs(fresh, 1).await;
    let many = fresh.twin().await;
    for (route, cost) in costs(&many, 50).await {
        assert_eq!(cost, few[route], "{route}: with fifty rows, and with one");
    }
    many.remove().await;
}

/// Lost: five consoles that make each note five times as dear.
async fn an_event_costs_the_same_whoever_listens(fresh: &Fresh) {
    let desk = Desk::open(fresh, 1).await;
    let note = Case::named("POST /api/v1/leads/{id}/notes");
    let alone = desk.cost(note).await;
    let mut readers = desk.listen().await;
    assert_eq!(desk.cost(note).await, alone);
    for reader in &mut readers {
        assert!(reader.event().await.is_some());
    }
    drop(readers);
    desk.stop().await;
}

/// Lost: nobody notices that a page asks twice as much as it did, or that a server is asked more than a file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_each_request_asks_is_written_down() {
    let (file, server) = (Fresh::sqlite(), Fresh::postgres().await);
    let (sqlite, postgres) = (costs(&file, 1).await, costs(&server, 1).await);
    let mut page = "| request | SQLite: transactions | statements | PostgreSQL: transactions | statements | round trips | more, because |
|---|---|---|---|---|---|---|
"
    .to_owned();
    let mut wrong = Vec::new();
    for Case { route, more: (extra, why), .. } in CASES {
        let (one, two) = (sqlite[route], postgres[route]);
        writeln!(
            page,
            "| `{route}` | {} | {} | {} | {} | {} | {why} |",
            one.transactions, one.statements, two.transactions, two.statements, two.round_trips
        )
        .unwrap();
        if two.statements != one.statements + extra || two.transactions != one.transactions {
            wrong.push(format!("{route}: {one:?}, {two:?}"));
        }
        assert!(two.round_trips <= two.statements + 2 * two.transactions, "{route}: {two:?}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/performance.md");
    let kept = fs::read_to_string(path).unwrap();
    assert!(
        wrong.is_empty() && kept.contains(&page),
        "docs/performance.md should say:\n{page}\n{}",
        wrong.join("\n")
    );
    for fresh in [file, server] {
        fresh.remove().await;
    }
}

/// A route that reads and is not asked here may cost anything.
#[test]
fn every_route_that_reads_is_counted() {
    let document: Value = serde_json::from_str(&documentation::document()).unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let route = format!("GET {path}");
        let asked = CASES.iter().any(|case| case.route == route);
        let known = asked || STATIC.contains(&route.as_str());
        assert_eq!(operations["get"].is_object(), known, "{route}");
    }
}
