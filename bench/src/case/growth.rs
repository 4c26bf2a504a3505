//! Does a text cost more in a large store?

use super::{Rows, ingest};
use crate::{Bench, load::Customers, report::Row};

const SIZES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];
const CONNECTIONS: usize = 64;

pub(super) async fn run(bench: &Bench) -> Rows {
    let mut rows = Vec::new();
    for known in [false, true] {
        let what = if known { "known customers at random" } else { "new customers" };
        let mut costs = Vec::new();
        for leads in SIZES {
            let customers = if known { Customers::Known(leads) } else { Customers::New(leads) };
            let mut run = ingest::one(bench, leads, customers, CONNECTIONS).await?;
            costs.push(run.cpu_micros());
            rows.push(
                Row::new(format!("{what}, {leads} leads"), run.cpu_micros(), "µs CPU")
                    .note(ingest::waits(&mut run)),
            );
        }
        let factor = costs.last().zip(costs.first()).map_or(f64::NAN, |(last, first)| last / first);
        let row = Row::new(format!("{what}, growth from 1,000 to 1,000,000"), factor, "×");
        rows.push(if known { row.at_most(1.5, 1.3) } else { row.at_most(1.15, 1.1) });
    }
    Ok(rows)
}
