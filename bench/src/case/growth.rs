//! Does a text cost more in a large store?

use super::{Rows, SIZES, ingest};
use crate::{Bench, load::Customers, report::Row};

const CONNECTIONS: usize = 64;

pub(super) async fn run(bench: &Bench) -> Rows {
    let mut rows = Vec::new();
    for known in [false, true] {
        let what = if known { "known customers at random" } else { "new customers" };
        let mut costs = Vec::new();
        for leads in SIZES {
            let customers = if known { Customers::Known(leads) } else { Customers::New(leads) };
            let mut run = ingest::one(bench, leads, customers, CONNECTIONS).await?;
            costs.push((leads, run.cpu_micros()));
            let row = run.row(format!("{what}, {leads} leads"));
            rows.push(row.beside(bench.limits.request(customers.rows())));
        }
        let row = Row::growth(format!("{what}, growth from 1,000 to 1,000,000"), costs);
        rows.push(if known { row.at_most(1.5, 1.3) } else { row.at_most(1.15, 1.1) });
    }
    Ok(rows)
}
