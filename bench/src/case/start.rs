//! How soon a daemon is ready, on an empty file and on a full one.

use super::Rows;
use crate::{Bench, daemon::Daemon, report::Row};

const TIMES: usize = 5;

pub(super) async fn run(bench: &Bench) -> Rows {
    let mut rows = Vec::new();
    for leads in [0, 1_000_000] {
        let database = bench.stores.copy(leads).await?;
        let mut took = Vec::new();
        for _ in 0..TIMES {
            let daemon = Daemon::ready(bench, &database).await?;
            took.push(daemon.ready_in.as_secs_f64() * 1000.0);
            daemon.stop().await?;
        }
        took.sort_by(f64::total_cmp);
        let median = took.get(TIMES / 2).copied().unwrap_or(f64::NAN);
        let row = Row::new(format!("{leads} messages, median of {TIMES}"), median, "ms");
        rows.push(if leads == 0 { row.at_most(50.0, 20.0) } else { row.at_most(300.0, 20.0) });
    }
    Ok(rows)
}
