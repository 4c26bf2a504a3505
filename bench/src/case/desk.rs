//! What an operator does with one customer: it must cost the same in a large store and in a long thread.

use serde_json::json;
use uuid::Uuid;

use super::{Rows, SIZES};
use crate::{
    Bench, Result,
    daemon::Daemon,
    database::Database,
    load::{Answer, closed, get, send},
    report::Row,
    verify,
};

/// Turns of a thread.
const LENGTHS: [u64; 3] = [10, 1_000, 100_000];

/// One thing that is done: its name, the answer's status, and the request for a customer who had it so many times.
struct Deed {
    what: &'static str,
    status: u16,
    request: fn(Uuid, usize, &str) -> String,
}

const NOTE: &str = "write a note";
const MESSAGE: &str = "send a text";
const DEEDS: [Deed; 10] = [
    Deed { what: "open a customer", status: 200, request: |id, _, token| get(&path(id, ""), token) },
    Deed {
        what: "read the newest 50 turns",
        status: 200,
        request: |id, _, token| get(&path(id, "/timeline?limit=50"), token),
    },
    Deed { what: "read the drafts", status: 200, request: |id, _, token| get(&path(id, "/drafts"), token) },
    Deed {
        what: "read the ledger of consent",
        status: 200,
        request: |id, _, token| get(&path(id, "/consents"), token),
    },
    Deed {
        what: "read who did what with them",
        status: 200,
        request: |id, _, token| get(&path(id, "/audit"), token),
    },
    Deed {
        what: "ask whether they may be texted",
        status: 200,
        request: |id, _, token| {
            let body = json!({"channel": "sms", "purpose": "conversation"});
            send("POST", &path(id, "/contact-check"), token, &body)
        },
    },
    Deed {
        what: "take the floor, give it back",
        status: 200,
        request: |id, times, token| {
            let to = if times.is_multiple_of(2) { "me" } else { "ai" };
            send("POST", &path(id, "/floor"), token, &json!({"to": to}))
        },
    },
    Deed {
        what: "change the status",
        status: 200,
        request: |id, times, token| {
            let status = if times.is_multiple_of(2) { "engaged" } else { "qualified" };
            send("PATCH", &path(id, ""), token, &json!({"status": status}))
        },
    },
    Deed {
        what: NOTE,
        status: 201,
        request: |id, _, token| {
            send("POST", &path(id, "/notes"), token, &json!({"text": "Wants the blue one."}))
        },
    },
    Deed {
        what: MESSAGE,
        status: 202,
        request: |id, _, token| {
            // The same words to the same customer would be refused as a slip.
            let intent = Uuid::now_v7();
            let body = json!({"body": format!("It is. When would you like to come by? {intent}"), "client_id": intent});
            send("POST", &path(id, "/messages"), token, &body)
        },
    },
];

pub(super) async fn run(bench: &Bench) -> Rows {
    let mut costs = vec![Vec::new(); DEEDS.len()];
    for leads in SIZES {
        let database = bench.stores.copy(leads).await?;
        let mut connection = Database::open(&database).await?;
        let ids = connection.ids("SELECT id FROM leads ORDER BY id LIMIT 1000").await?;
        connection.close().await?;
        note(&mut costs, leads, measure(bench, &database, &ids).await?);
    }
    let mut rows: Vec<Row> = growth("by leads", costs).collect();
    let mut costs = vec![Vec::new(); DEEDS.len()];
    for length in LENGTHS {
        let database = bench.stores.copy(1_000).await?;
        let ids = lengthen(&database, length).await?;
        note(&mut costs, length, measure(bench, &database, &ids).await?);
    }
    rows.extend(growth("by turns", costs));
    Ok(rows)
}

fn note(costs: &mut [Vec<(u64, f64)>], size: u64, found: Vec<f64>) {
    for (costs, cost) in costs.iter_mut().zip(found) {
        costs.push((size, cost));
    }
}

fn growth(by: &str, costs: Vec<Vec<(u64, f64)>>) -> impl Iterator<Item = Row> {
    DEEDS
        .iter()
        .zip(costs)
        .map(move |(deed, costs)| Row::growth(format!("{}, {by}", deed.what), costs).at_most(2.0, 1.3))
}

/// The processor time of every deed, each done with the `customers` in turn. What was written is counted.
async fn measure(bench: &Bench, database: &str, customers: &[Uuid]) -> Result<Vec<f64>> {
    let daemon = Daemon::start(bench, database).await?;
    let token = daemon.sign_in().await?;
    let (mut costs, mut written) = (Vec::new(), Vec::new());
    for deed in &DEEDS {
        let request = |n: u64| {
            let n = usize::try_from(n).unwrap_or_default();
            let customer = customers.get(n % customers.len()).copied().unwrap_or_default();
            (deed.request)(customer, n / customers.len(), &token).into_bytes()
        };
        let as_wanted = |answer: &Answer| answer.status == deed.status;
        let run = closed(&daemon, 1, bench.time / 4, as_wanted, request).await?;
        costs.push(run.cpu_micros());
        written.push((deed.what, run.total));
    }
    daemon.stop().await?;
    let of = |what| written.iter().filter(|(name, _)| *name == what).map(|(_, total)| total).sum();
    verify::said(database, of(NOTE), of(MESSAGE)).await?;
    Ok(costs)
}

/// Gives threads of this length to some customers.
async fn lengthen(database: &str, length: u64) -> Result<Vec<Uuid>> {
    let customers = (2 * LENGTHS[2] / length).min(200);
    let mut database = Database::open(database).await?;
    let id = database.pick("randomblob(16)", "gen_random_uuid()");
    let chosen = format!("SELECT id FROM leads ORDER BY id LIMIT {customers}");
    database
        .run(format!(
            "INSERT INTO turns (id, organization_id, lead_id, seq, kind, channel, author_kind, text, at)
             WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {length})
             SELECT {id}, l.organization_id, l.id, n.i, 'message', 'sms', 'customer', 'Is it still there?', l.created_at + n.i
             FROM leads l CROSS JOIN n WHERE l.id IN ({chosen});
             UPDATE leads SET turn_seq = {length}, said_seq = {length}, last_customer_seq = {length} WHERE id IN ({chosen})"
        ))
        .await?;
    let ids = database.ids("SELECT id FROM leads WHERE turn_seq > 1 ORDER BY id").await?;
    database.close().await?;
    Ok(ids)
}

fn path(customer: Uuid, rest: &str) -> String {
    format!("/api/v1/leads/{customer}{rest}")
}
