//! Reading and writing the context of threads of 100,000 and of a million characters: both must cost the same.

use std::time::Instant;

use jiff::tz::TimeZone;
use lotline_common::{At, LeadId, TurnId};
use lotlined::{
    app::App,
    db::{Db, DbError, Scope},
    domain::{
        context::{self, Budget, LeadFacts, MAX_PROMISES, MAX_TURNS},
        organization::OrgKey,
    },
    store,
};

use rustix::time::ClockId;

use super::Rows;
use crate::{Bench, Result, measure, measure::Latencies, report::Row, seed};

const TIMES: usize = 300;
const CHARACTERS: i64 = 500;
const ORG: OrgKey = OrgKey::new(1);

pub(super) async fn run(bench: &Bench) -> Rows {
    let database = bench.stores.copy(0).await?;
    let app = seed::open(&database).await?;
    let mut rows = Vec::new();
    let mut costs = Vec::new();
    for characters in [100_000, 1_000_000] {
        let lead = thread(&app, characters / CHARACTERS).await?;
        let (cpu, mut latencies, longest) = build(&app.db, lead, characters / CHARACTERS).await?;
        costs.push(cpu);
        let note = format!("p99 {:.2} ms; {longest} characters for the agent", latencies.millis(0.99));
        rows.push(Row::new(format!("a thread of {characters} characters"), cpu, "µs CPU").note(note));
    }
    app.close().await;
    let factor = costs.last().zip(costs.first()).map_or(f64::NAN, |(last, first)| last / first);
    rows.push(Row::new("growth", factor, "×").at_most(1.3, 1.1));
    Ok(rows)
}

/// A customer who has written `turns` long texts.
async fn thread(app: &App, turns: i64) -> Result<LeadId> {
    let lead = LeadId::new();
    app.db.write(Scope::System, move |tx| Box::pin(async move {
        tx.query("INSERT INTO leads (id, organization_id, status, floor_kind, floor_since, last_turn_at, created_at, updated_at, turn_seq)
             VALUES ($1, $2, 'new', 'ai', 0, 0, 0, 0, $3)")
            .bind(lead).bind(ORG.number()).bind(turns).execute().await?;
        for seq in 1..=turns {
            tx.query("INSERT INTO turns (id, organization_id, lead_id, seq, kind, channel, author_kind, text, at)
                 VALUES ($1, $2, $3, $4, 'message', 'sms', 'customer', $5, $6)")
                .bind(TurnId::new()).bind(ORG.number()).bind(lead).bind(seq)
                .bind(words()).bind(At::from_unix_seconds(1_795_464_000 + seq)).execute().await?;
        }
        Ok::<_, DbError>(())
    })).await?;
    Ok(lead)
}

fn words() -> String {
    let words = std::iter::repeat_with(|| fastrand::choice(["truck", "blue", "Saturday", "price", "seats"]));
    let text = words.flatten().take(120).collect::<Vec<_>>().join(" ");
    text.chars().take(usize::try_from(CHARACTERS).unwrap_or(0)).collect()
}

async fn build(db: &Db, lead: LeadId, turns: i64) -> Result<(f64, Latencies, usize)> {
    let facts = LeadFacts {
        organization: "Example Motors".to_owned(),
        status: "new".to_owned(),
        turns,
        ..LeadFacts::default()
    };
    let (cpu, mut latencies, mut longest) = (measure::own(ClockId::ProcessCPUTime), Latencies::default(), 0);
    for _ in 0..TIMES {
        let begun = Instant::now();
        let mut tx = db.read(Scope::Org(ORG)).await?;
        let newest = store::history::newest(&mut tx, ORG, lead, MAX_TURNS).await?;
        let promises = store::history::promises(&mut tx, ORG, lead, MAX_PROMISES).await?;
        drop(tx);
        let text = context::build(&facts, &newest, &promises, &TimeZone::UTC, Budget::default());
        longest = longest.max(text.chars().count());
        latencies.push(begun.elapsed());
    }
    if longest > Budget::default().characters {
        return Err(format!("a context of {longest} characters").into());
    }
    Ok((
        measure::micros(measure::own(ClockId::ProcessCPUTime).saturating_sub(cpu), TIMES),
        latencies,
        longest,
    ))
}
