//! What waits for somebody: open alarms, vendors that are left alone, messages of unknown outcome, work that was given up
//! or is not done.

use std::time::Duration;

use lotline_common::{
    At,
    api::{alarm::AlarmKind, message::DeliveryState},
};

use super::Report;
use crate::{
    app::App,
    config::duration_text,
    db::{DbError, Scope},
    domain::breaker::{Breaker, Vendor},
    store::{self, measure},
};

/// The carrier's list settles an unknown outcome sooner.
const UNKNOWN_FOR: Duration = Duration::from_mins(10);
/// Work begins within seconds of its time where a daemon does it.
const LATE: Duration = Duration::from_mins(5);

pub(super) async fn look(report: &mut Report, app: &App) -> Result<(), DbError> {
    let now = app.clock.now();
    let mut tx = app.db.read(Scope::System).await?;
    for organization in store::organization::all(&mut tx).await? {
        for alarm in store::alarm::list(&mut tx, organization.key).await? {
            let subject = alarm.subject.map(|subject| format!(" ({subject})")).unwrap_or_default();
            let text = format!("alarm {}{subject} since {}", alarm.kind, alarm.since);
            report.fail(&organization.public.name, text, alarm.advice);
        }
        for vendor in Vendor::ALL {
            let breaker = store::breaker::find(&mut tx, organization.key, vendor).await?;
            left_alone(report, &organization.public.name, vendor, breaker);
        }
    }
    messages(report, &measure::deliveries(&mut tx).await?, now);
    jobs(report, &measure::jobs(&mut tx).await?, now);
    Ok(())
}

/// A vendor that failed an organization, or asked it for a pause.
fn left_alone(report: &mut Report, name: &str, vendor: Vendor, breaker: Breaker) {
    if breaker.is_open() {
        let text = format!("the {} is left alone until {}", vendor.as_str(), breaker.until);
        let advice =
            breaker.alarm(vendor).map_or("it asked for a pause; work goes on by itself", AlarmKind::advice);
        report.warn(name, text, advice);
    }
}

fn messages(report: &mut Report, open: &[measure::Deliveries], now: At) {
    let Some(unknown) = open.iter().find(|of| of.state == DeliveryState::Unknown) else {
        return report.ok("messages", "none of unknown outcome");
    };
    let age = age(unknown.oldest, now);
    let text = format!("{} of unknown outcome, the oldest for {}", unknown.count, duration_text(age));
    if unknown.for_operator > 0 {
        let advice = format!("settle {} of them in the console: they need a person", unknown.for_operator);
        report.warn("messages", text, advice);
    } else if age > UNKNOWN_FOR {
        report.warn("messages", text, "see that the daemon runs and reaches the carrier");
    } else {
        report.ok("messages", text);
    }
}

fn jobs(report: &mut Report, undone: &[measure::Jobs], now: At) {
    let of = |state: &str| undone.iter().filter(|jobs| jobs.state == state).cloned().collect::<Vec<_>>();
    let dead = of("dead");
    if !dead.is_empty() {
        let kinds: Vec<String> = dead.iter().map(|jobs| format!("{} {}", jobs.count, jobs.kind)).collect();
        let text = format!("given up: {}", kinds.join(", "));
        report.fail(
            "jobs",
            text,
            "see Work in the console's team screen: each says why, and can be tried again or given up",
        );
    }
    let late = of("ready").into_iter().map(|jobs| age(jobs.oldest, now)).max().unwrap_or_default();
    if late > LATE {
        let text = format!("the oldest has been due for {}", duration_text(late));
        report.fail("jobs", text, "start a daemon with jobs.enabled, or see what keeps it from working");
    } else if dead.is_empty() {
        report.ok("jobs", "none is late, none was given up");
    }
}

/// In whole seconds.
fn age(since: At, now: At) -> Duration {
    Duration::from_secs(now.since(since).as_secs())
}
