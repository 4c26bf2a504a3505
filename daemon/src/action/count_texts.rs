//! Counts the customers of the last hours by own number, and says when a busy number fell silent.

use std::collections::HashMap;

use lotline_common::{At, PhoneNumber, api::alarm::AlarmKind};

use super::raise_alarm;
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        organization::OrgKey,
        silence::{HOURS_MADE_UP, Traffic, begin_of, hour_of},
    },
    error::Result,
    store,
};

/// Customers by organization, own number and hour.
type Customers = HashMap<OrgKey, HashMap<(PhoneNumber, i64), u16>>;

pub async fn run(app: &App) -> Result<()> {
    let now = app.clock.now();
    let customers = customers(app, hour_of(now)).await?;
    for desk in app.directory.organizations().await? {
        let (org, theirs) = (desk.org, customers.get(&desk.org).cloned().unwrap_or_default());
        app.db.write(Scope::Org(org), move |tx| Box::pin(count(tx, org, theirs, now))).await?;
    }
    Ok(())
}

/// Of this hour and those before it that may not have been counted, an hour at a time.
async fn customers(app: &App, this: i64) -> Result<Customers> {
    let mut customers = Customers::new();
    for hour in this - HOURS_MADE_UP..=this {
        let mut tx = app.db.read(Scope::System).await?;
        let rows = store::turn::customers(&mut tx, begin_of(hour), begin_of(hour + 1)).await?;
        drop(tx);
        for (org, number, count) in rows {
            let count = u16::try_from(count).unwrap_or(u16::MAX);
            customers.entry(org).or_default().insert((number, hour), count);
        }
    }
    Ok(customers)
}

async fn count(tx: &mut Tx, org: OrgKey, customers: HashMap<(PhoneNumber, i64), u16>, now: At) -> Result<()> {
    let this = hour_of(now);
    let numbers = store::phone_number::traffic(tx, org).await?;
    for (id, number, traffic) in &numbers {
        let wrote = |hour| customers.get(&(number.clone(), hour)).copied().unwrap_or(0);
        let mut traffic = traffic.clone().unwrap_or_else(|| Traffic::new(this - 1));
        traffic.count(this - 1, wrote);
        store::phone_number::set_traffic(tx, org, *id, &traffic).await?;
        let subject = Some(number.as_str());
        if traffic.is_silent() && wrote(this) == 0 {
            raise_alarm::raise(tx, org, AlarmKind::NumberSilent, subject, now).await?;
        } else {
            raise_alarm::clear(tx, org, AlarmKind::NumberSilent, subject, now).await?;
        }
    }
    let is_ours = |subject: &str| numbers.iter().any(|(_, number, _)| number.as_str() == subject);
    for alarm in store::alarm::list(tx, org).await? {
        let of_number = matches!(alarm.kind, AlarmKind::NumberSilent | AlarmKind::WebhooksMissing);
        if of_number && !alarm.subject.as_deref().is_some_and(is_ours) {
            // The number was given up, or takes no texts any more.
            raise_alarm::clear(tx, org, alarm.kind, alarm.subject.as_deref(), now).await?;
        }
    }
    Ok(())
}
