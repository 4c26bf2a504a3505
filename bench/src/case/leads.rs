//! What an operator does all day, by the number of leads: pages, filters, searches.

use super::{Rows, ingest};
use crate::{
    Bench, Result,
    daemon::Daemon,
    load::{Run, closed},
    report::Row,
    seed, shop,
};

const SIZES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// What is asked; a search is made of a lead at random.
const LISTS: [(&str, &str); 5] = [
    ("list, those who wait first", "/api/v1/leads?limit=50"),
    ("list, by last turn", "/api/v1/leads?sort=recent&limit=50"),
    ("list, by creation", "/api/v1/leads?sort=created&limit=50"),
    ("list, by name", "/api/v1/leads?sort=name&limit=50"),
    ("filter, those who wait for a person", "/api/v1/leads?waiting=true&floor=nobody&limit=50"),
];
const SEARCHES: [&str; 4] =
    ["whole name", "last four digits of a phone", "first name and vehicle", "words of a message"];

pub(super) async fn run(bench: &Bench) -> Rows {
    let mut rows = Vec::new();
    let mut searched: [Vec<f64>; 4] = Default::default();
    for leads in SIZES {
        let database = seed::copy(bench, leads).await?;
        let daemon = Daemon::start(bench, &database).await?;
        let token = daemon.sign_in().await?;
        for (what, path) in LISTS {
            let run = ask(bench, &daemon, &token, |_| path.to_owned()).await?;
            let row = row(format!("{what}, {leads} leads"), run);
            rows.push(if leads == 100_000 && what.contains("wait first") {
                row.at_most(120.0, 75.0)
            } else {
                row
            });
        }
        for (kind, what) in SEARCHES.iter().enumerate() {
            let run = ask(bench, &daemon, &token, |_| search(kind, leads)).await?;
            if let Some(costs) = searched.get_mut(kind) {
                costs.push(run.cpu_micros());
            }
            rows.extend(search_rows(format!("search, {what}, {leads} leads"), run, leads));
        }
        daemon.stop().await?;
    }
    for (costs, what) in searched.iter().zip(SEARCHES) {
        let factor = costs.last().zip(costs.get(1)).map_or(f64::NAN, |(last, first)| last / first);
        rows.push(
            Row::new(format!("search, {what}, growth from 10,000 to 1,000,000"), factor, "×")
                .at_most(2.0, 1.1),
        );
    }
    Ok(rows)
}

fn row(what: String, mut run: Run) -> Row {
    Row::new(what, run.cpu_micros(), "µs CPU").note(ingest::waits(&mut run))
}

fn search_rows(what: String, mut run: Run, leads: u64) -> Vec<Row> {
    let p99 = Row::new(format!("{what}, p99"), run.latencies.millis(0.99), "ms");
    let p99 = if leads == 1_000_000 { p99.at_most(10.0, 5.0) } else { p99 };
    vec![row(what, run), p99]
}

async fn ask(bench: &Bench, daemon: &Daemon, token: &str, path: impl Fn(u64) -> String) -> Result<Run> {
    let request = |n| {
        let path = path(n);
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n").into_bytes()
    };
    closed(daemon, 1, bench.time / 3, 200, request).await
}

fn search(kind: usize, leads: u64) -> String {
    let customer = fastrand::u64(..leads) / 10 * 10;
    let name = seed::name(customer).unwrap_or_default();
    let q = match kind {
        0 => name,
        1 => shop::phone(customer).chars().skip(10).collect(),
        2 => format!("{} tacoma", name.split(' ').next().unwrap_or_default()),
        _ => "leather seats".to_owned(),
    };
    format!("/api/v1/leads?limit=50&q={}", form_urlencoded::byte_serialize(q.as_bytes()).collect::<String>())
}
