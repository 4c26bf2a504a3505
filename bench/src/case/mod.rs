//! The cases: each a file that measures one thing and says what was hoped for.

mod console;
mod context;
mod desk;
mod fanout;
mod growth;
mod ingest;
mod latency;
mod leads;
mod memory;
mod peer;
mod postgres;
mod start;

use futures::future::LocalBoxFuture;

use crate::{Bench, Result, report::Row};

type Rows = Result<Vec<Row>>;

/// Leads of the first shop where a cost is shown by their number.
const SIZES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// One case.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: for<'b> fn(&'b Bench) -> LocalBoxFuture<'b, Rows>,
}

/// In the order in which they run; the console first, since its memory is this process's, and what others freed would be
/// used again.
pub(crate) const ALL: &[Case] = &[
    Case {
        name: "console",
        about: "The console's own work, 200 × 50 cells",
        run: |bench| Box::pin(console::run(bench)),
    },
    Case {
        name: "ingest",
        about: "Signed webhook → durable → 200, new customers",
        run: |bench| Box::pin(ingest::run(bench)),
    },
    Case {
        name: "growth",
        about: "The same by the number of leads, 64 connections",
        run: |bench| Box::pin(growth::run(bench)),
    },
    Case {
        name: "latency",
        about: "Webhook → visible on an operator's stream, 500/s, 20 streams",
        run: |bench| Box::pin(latency::run(bench)),
    },
    Case {
        name: "fanout",
        about: "One organization's events to many streams, per delivery",
        run: |bench| Box::pin(fanout::run(bench)),
    },
    Case {
        name: "leads",
        about: "Lead list, filters and search by the number of leads",
        run: |bench| Box::pin(leads::run(bench)),
    },
    Case {
        name: "desk",
        about: "What an operator does with one customer, by the number of leads and the length of the thread",
        run: |bench| Box::pin(desk::run(bench)),
    },
    Case {
        name: "start",
        about: "From the start of the process to ready",
        run: |bench| Box::pin(start::run(bench)),
    },
    Case {
        name: "memory",
        about: "Resident memory of the daemon",
        run: |bench| Box::pin(memory::run(bench)),
    },
    Case {
        name: "context",
        about: "What the agent is told of a long thread",
        run: |bench| Box::pin(context::run(bench)),
    },
    Case {
        name: "postgres",
        about: "Ingest with PostgreSQL on the same processors, 64 connections",
        run: |bench| Box::pin(postgres::run(bench)),
    },
];

/// Only when it is named: it fetches programs that are not ours.
pub(crate) const PEER: Case = Case {
    name: "peer",
    about: "Ingest beside Fastify with better-sqlite3; only when named, needs node and npm",
    run: |bench| Box::pin(peer::run(bench)),
};

/// Those that are named, in their own order; all of [`ALL`] when none is.
pub(crate) fn choose(names: &[String]) -> Result<Vec<&'static Case>> {
    if names.is_empty() {
        return Ok(ALL.iter().collect());
    }
    let cases = || ALL.iter().chain([&PEER]);
    if let Some(unknown) = names.iter().find(|name| cases().all(|case| case.name != name.as_str())) {
        return Err(format!("there is no case {unknown}; --list names them").into());
    }
    Ok(cases().filter(|case| names.iter().any(|name| name == case.name)).collect())
}
