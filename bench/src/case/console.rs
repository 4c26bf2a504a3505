//! The console as a library: how long a key takes until its frame is drawn, and what a hundred thousand leads weigh.

use std::time::{Duration, Instant};

use futures::future::ready;
use lotline::{
    key::Key,
    model::{
        Model,
        inbox::{Source, View},
    },
    msg::{Msg, What},
    update::{begin, next_deadline, update},
    view::view,
};
use lotline_common::{
    At, Page,
    api::{auth::Session, lead::Lead},
    stream::StreamUpdate,
};
use ratatui::{Terminal, backend::TestBackend};
use rustix::time::ClockId;
use serde_json::json;
use uuid::Uuid;

use super::Rows;
use crate::{Bench, Result, measure, measure::Latencies, report::Row, seed, shop};

const LEADS: u64 = 100_000;
const PAGE: u64 = 200;
const KEYS: usize = 2_000;
const HOUR: Duration = Duration::from_hours(1);
const NOW: At = At::from_unix_seconds(1_795_464_000);

pub(super) async fn run(_bench: &Bench) -> Rows {
    ready(measured()).await
}

fn measured() -> Rows {
    let before = measure::resident("self")?.0;
    let mut model = Model::new(NOW, 200, 50);
    begin(&mut model, session()?);
    happen(&mut model, What::Stream(StreamUpdate::Open));
    for from in (0..LEADS).step_by(usize::try_from(PAGE)?) {
        let items = (from..from + PAGE).map(lead).collect::<Result<Vec<_>>>()?;
        let page = Ok(Page { items, next_cursor: Some("more".to_owned()) });
        happen(
            &mut model,
            What::Leads { source: Source::View(View::All), q: None, first: from == 0, asked: 0, page },
        );
    }
    let weight = measure::resident("self")?.0 - before;
    let mut frames = frames(&mut model, &["j", "k", "ctrl-d", "ctrl-u", "G", "g"])?;
    let mut typed = frames_of_search(&mut model)?;
    let (wakings, busy) = idle(&mut model)?;
    Ok(vec![
        Row::new("key → frame, p95", frames.millis(0.95), "ms").at_most(8.0, 2.0),
        Row::new("key → frame, p99", frames.millis(0.99), "ms"),
        Row::new("a letter of a search → frame, p95", typed.millis(0.95), "ms").at_most(8.0, 2.0),
        Row::new("an idle hour, of one processor", busy, "%")
            .at_most(0.01, 0.01)
            .note(format!("{wakings} wakings")),
        Row::new("memory of 100,000 leads", weight, "MiB").at_most(40.0, 20.0),
    ])
}

fn happen(model: &mut Model, what: What) {
    let at = model.now;
    // Commands are for the runtime, which is not here.
    drop(update(model, Msg { at, what }));
}

fn frames(model: &mut Model, keys: &[&str]) -> Result<Latencies> {
    let mut terminal = Terminal::new(TestBackend::new(200, 50))?;
    let mut latencies = Latencies::default();
    let keys: Vec<Key> = keys.iter().filter_map(|key| key.parse().ok()).collect();
    if keys.is_empty() {
        return Err("none of the keys is one".into());
    }
    for key in keys.iter().cycle().take(KEYS) {
        let begun = Instant::now();
        happen(model, What::Key(*key));
        terminal.draw(|frame| view(model, frame))?;
        latencies.push(begun.elapsed());
    }
    Ok(latencies)
}

/// An hour in which nothing happens but what the console wakes itself for; the share of it that a processor was busy.
fn idle(model: &mut Model) -> Result<(usize, f64)> {
    let mut terminal = Terminal::new(TestBackend::new(200, 50))?;
    let (end, cpu, mut wakings) = (model.now + HOUR, measure::own(ClockId::ThreadCPUTime), 0);
    while let Some(at) = next_deadline(model).filter(|at| *at < end) {
        drop(update(model, Msg { at, what: What::Tick }));
        terminal.draw(|frame| view(model, frame))?;
        wakings += 1;
    }
    let cpu = measure::own(ClockId::ThreadCPUTime).saturating_sub(cpu);
    Ok((wakings, 100.0 * cpu.as_secs_f64() / HOUR.as_secs_f64()))
}

/// Opens the search, types a name and leaves it again.
fn frames_of_search(model: &mut Model) -> Result<Latencies> {
    frames(model, &["/", "d", "i", "e", "g", "o", "esc"])
}

fn session() -> Result<Session> {
    let organization = Uuid::from_u128(50);
    Ok(serde_json::from_value(json!({
        "access_token": "a", "token_type": "Bearer", "expires_in": 900, "refresh_token": "r",
        "user": {"id": Uuid::from_u128(1), "email": "dana@example.com", "name": "Dana Example"},
        "organization": {"id": organization, "name": "Example Motors", "slug": "example", "time_zone": "America/Denver"},
        "role": "agent",
        "memberships": [{"organization_id": organization, "name": "Example Motors", "role": "agent"}],
    }))?)
}

/// As the daemon's list has it; every other one is somebody's.
fn lead(customer: u64) -> Result<Lead> {
    let member = json!({"id": Uuid::from_u128(1), "name": "Dana Example"});
    let assigned_to = Some(member).filter(|_| customer.is_multiple_of(2));
    let at = NOW - Duration::from_secs(60 + customer);
    Ok(serde_json::from_value(json!({
        "id": Uuid::from_u128(0x0191_e7a0_0000_7000_8000_0000_0000_0000 + u128::from(customer)),
        "name": seed::name(customer), "phones": [shop::phone(customer)], "emails": [], "status": "engaged",
        "sentiment": "warm", "floor": {"kind": "ai", "fence": 1}, "assigned_to": assigned_to, "waiting_since": null,
        "last_turn": {"text": "Is the blue one still there?", "author": "customer", "channel": "sms", "at": at},
        "unread": 0, "tags": [], "source": "sms", "vehicle": "2023 Toyota Tacoma", "opted_out": false,
        "created_at": at, "turn_seq": 2, "version": 1,
    }))?)
}
