//! What an operator looks at all day, by the number of leads: pages, filters, searches.

use super::{Rows, SIZES};
use crate::{
    Bench, Result,
    daemon::Daemon,
    load::{Answer, Connection, Run, closed, get},
    report::Row,
    seed, shop,
};

/// What is asked, and how many customers are in the answer.
const LISTS: [(&str, &str, usize); 9] = [
    ("list, those who wait first", "limit=50", 50),
    ("list, by last turn", "sort=recent&limit=50", 50),
    ("list, by creation", "sort=created&limit=50", 50),
    ("list, by name", "sort=name&limit=50", 50),
    ("filter, those who wait for a person", "waiting=true&floor=nobody&limit=50", 50),
    ("filter, a member who has nobody", "assigned_to=0191e7a0-0000-7000-8000-000000000000&limit=50", 0),
    ("filter, a status that all have", "status=new&limit=50", 50),
    ("filter, a status that nobody has", "status=lost&limit=50", 0),
    ("filter, a sentiment that nobody has", "sentiment=frustrated&limit=50", 0),
];
/// The case of a search is made of a customer at random.
const SEARCHES: [&str; 4] =
    ["whole name", "last four digits of a phone", "first name and vehicle", "words of a message"];
/// So many searches are looked at closely before they are measured.
const CHECKED: usize = 20;

pub(super) async fn run(bench: &Bench) -> Rows {
    let (mut lists, mut searches) = (vec![Vec::new(); LISTS.len()], vec![Vec::new(); SEARCHES.len()]);
    let mut rows = Vec::new();
    for leads in SIZES {
        let database = bench.stores.copy(leads).await?;
        let daemon = Daemon::start(bench, &database).await?;
        let token = daemon.sign_in().await?;
        for ((what, query, items), costs) in LISTS.iter().zip(&mut lists) {
            let mut run = ask(bench, &daemon, &token, *items, |_| (*query).to_owned()).await?;
            costs.push((leads, run.cpu_micros()));
            if leads == 100_000 && *query == "limit=50" {
                let row = run.row(format!("{what}, 100,000 leads")).at_most(120.0, 75.0);
                rows.push(row.beside(bench.limits.request(0.0)));
            }
        }
        for (kind, (what, costs)) in SEARCHES.iter().zip(&mut searches).enumerate() {
            check(&daemon, &token, kind, leads).await?;
            let mut run = ask(bench, &daemon, &token, 1, |_| search(kind, leads)).await?;
            costs.push((leads, run.cpu_micros()));
            if leads == 1_000_000 {
                let p99 = Row::new(
                    format!("search, {what}, 1,000,000 leads, p99"),
                    run.latencies.millis(0.99),
                    "ms",
                );
                rows.push(p99.at_most(10.0, 5.0).load(run.load()));
            }
        }
        daemon.stop().await?;
    }
    for ((what, ..), costs) in LISTS.iter().zip(lists) {
        rows.push(Row::growth(format!("{what}, growth"), costs).at_most(2.0, 1.3));
    }
    for (what, costs) in SEARCHES.iter().zip(searches) {
        let from_ten_thousand = costs.into_iter().skip(1).collect();
        rows.push(Row::growth(format!("search, {what}, growth"), from_ten_thousand).at_most(2.0, 1.1));
    }
    Ok(rows)
}

/// One console that asks again and again; each answer has at least so many customers, or none when there are none.
async fn ask(
    bench: &Bench,
    daemon: &Daemon,
    token: &str,
    items: usize,
    query: impl Fn(u64) -> String,
) -> Result<Run> {
    let full = |answer: &Answer| {
        answer.ok()
            && answer.items().is_ok_and(|found| found.len() >= items && (items > 0 || found.is_empty()))
    };
    closed(daemon, 1, bench.time / 4, full, |n| get(&path(&query(n)), token).into_bytes()).await
}

/// Every customer that a search finds has what was searched, and somebody is found.
async fn check(daemon: &Daemon, token: &str, kind: usize, leads: u64) -> Result<()> {
    let mut connection = Connection::open(daemon.address).await?;
    for _ in 0..CHECKED {
        let words = words(kind, leads);
        let found = connection.get(&path(&query_of(&words)), token).await?.items()?;
        let lower: Vec<_> = found.iter().map(|lead| lead.to_string().to_lowercase()).collect();
        let all_have =
            lower.iter().all(|lead| words.to_lowercase().split(' ').all(|word| lead.contains(word)));
        if found.is_empty() || !all_have {
            return Err(format!("a search for {words} found {} customers: {lower:?}", found.len()).into());
        }
    }
    Ok(())
}

fn search(kind: usize, leads: u64) -> String {
    query_of(&words(kind, leads))
}

fn words(kind: usize, leads: u64) -> String {
    // One in ten has no name; this one has.
    let customer = fastrand::u64(..leads) / 10 * 10;
    let name = seed::name(customer).unwrap_or_default();
    match kind {
        0 => name,
        1 => shop::phone(customer).chars().skip(10).collect(),
        2 => {
            let word = |words: &str, n| words.split(' ').nth(n).unwrap_or_default().to_owned();
            format!("{} {}", word(&name, 0), word(seed::vehicle(customer), 2))
        }
        _ => "leather seats".to_owned(),
    }
}

fn query_of(words: &str) -> String {
    format!("limit=50&q={}", form_urlencoded::byte_serialize(words.as_bytes()).collect::<String>())
}

fn path(query: &str) -> String {
    format!("/api/v1/leads?{query}")
}
