//! What an organization's clocks have run out for is removed, class by class, a batch at a time.

use std::time::Duration;

use lotline_common::{
    At,
    api::{audit::AuditAction, retention::RecordClass},
};

use super::set_retention::days;
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        audit::{Actor, Entry},
        organization::OrgKey,
    },
    error::{Error, Result},
    limits, store,
};

const DAY: Duration = Duration::from_hours(24);
/// Rows of one transaction: everybody else's writes come in between.
const BATCH: i64 = 500;

/// Goes through every organization; how many rows were removed or blanked.
pub async fn run(app: &App) -> Result<u64> {
    let organizations = store::organization::all(&mut app.db.read(Scope::System).await?).await?;
    let mut removed = 0;
    for organization in organizations {
        for &class in RecordClass::ALL {
            removed += prune(app, organization.key, class).await?;
        }
    }
    Ok(removed + installation(app).await?)
}

/// What has one clock for everybody: answers that are kept for repeats, and tries that were earned back.
async fn installation(app: &App) -> Result<u64> {
    let now = app.clock.now();
    let mut removed = 0;
    loop {
        let counts = app.db.write(Scope::System, move |tx| {
            Box::pin(async move {
                let answers = store::idempotency_key::prune(tx, now - limits::ANSWERS_KEPT, BATCH).await?;
                let shared = tx.now(now).await?;
                Ok::<_, Error>((answers, store::attempt::prune(tx, shared, BATCH).await?))
            })
        });
        let (answers, attempts) = counts.await?;
        removed += answers + attempts;
        if answers.max(attempts) < BATCH.unsigned_abs() {
            return Ok(removed);
        }
    }
}

async fn prune(app: &App, org: OrgKey, class: RecordClass) -> Result<u64> {
    let now = app.clock.now();
    let mut tx = app.db.read(Scope::Org(org)).await?;
    let settings = store::retention::settings(&mut tx, org).await?;
    drop(tx);
    let setting = settings.into_iter().find(|setting| setting.record_class == class);
    let kept = days(app, class, setting.and_then(|setting| setting.days));
    let before = now - DAY * kept;
    let from = setting.map_or(At::from_micros(0), |setting| setting.done_to);
    let mut removed = 0;
    loop {
        let more = app.db.write(Scope::Org(org), move |tx| {
            Box::pin(async move {
                let count = batch(tx, org, class, (from, before)).await?;
                if count < BATCH.unsigned_abs() {
                    // Only a thread is too long to be looked through again, and once a day is often enough.
                    if class == RecordClass::Messages && before.since(from) >= DAY {
                        store::search::forget_before(tx, org, before).await?;
                        store::retention::done(tx, org, class, before).await?;
                    }
                    tell(tx, org, class, now, removed + count).await?;
                }
                Ok::<_, Error>(count)
            })
        });
        let count = more.await?;
        removed += count;
        if count < BATCH.unsigned_abs() {
            return Ok(removed);
        }
    }
}

async fn batch(tx: &mut Tx, org: OrgKey, class: RecordClass, (from, before): (At, At)) -> Result<u64> {
    Ok(match class {
        RecordClass::Messages => {
            store::retention::messages(tx, org, from, before, BATCH).await?
                + store::retention::drafts(tx, org, before, BATCH).await?
        }
        RecordClass::Application => {
            let unused = store::retention::unused_applications(tx, org, before, BATCH).await?;
            for &lead in &unused {
                store::retention::destroy_application(tx, org, lead).await?;
            }
            u64::try_from(unused.len()).unwrap_or(u64::MAX)
        }
        RecordClass::Consents => store::retention::consents(tx, org, before, BATCH).await?,
        RecordClass::Receipts => store::retention::receipts(tx, org, before, BATCH).await?,
        RecordClass::Audit if store::retention::any_hold(tx, org).await? => 0,
        RecordClass::Audit => store::audit::cut(tx, org, before, BATCH).await?.unsigned_abs(),
    })
}

async fn tell(tx: &mut Tx, org: OrgKey, class: RecordClass, now: At, count: u64) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let action =
        if class == RecordClass::Audit { AuditAction::AuditCut } else { AuditAction::RetentionPruned };
    let entry = Entry::new(action, Actor::system()).with("class", class.as_str()).with("count", count);
    Ok(store::audit::append(tx, org, now, entry).await?)
}
