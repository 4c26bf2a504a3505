//! How long an organization keeps what: within the limits of the law, and told in the audit log.

use lotline_common::api::{
    audit::AuditAction,
    retention::{Clock, RecordClass, SetRetention},
};

use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        audit::Entry,
        organization::OrgKey,
        permission::{Admin, Principal},
        retention::limits,
    },
    error::{Error, Result},
    store,
};

pub async fn run(app: &App, admin: &Admin, wish: SetRetention) -> Result<Vec<Clock>> {
    for (class, days) in &wish.days {
        let limits = limits(*class);
        if days.is_some_and(|days| !(limits.floor..=limits.ceiling).contains(&days)) {
            let message = format!("must be {} to {} days", limits.floor, limits.ceiling);
            return Err(Error::invalid(format!("days.{class}"), message));
        }
    }
    let (now, member) = (app.clock.now(), Principal::clone(admin));
    app.db
        .write(Scope::Org(admin.org), move |tx| {
            Box::pin(async move {
                for (class, days) in wish.days {
                    store::retention::set(tx, member.org, class, days.map(i64::from)).await?;
                    let entry = Entry::new(AuditAction::RetentionChanged, member.actor());
                    let entry = entry.with("class", class.as_str()).with("days", days);
                    store::audit::append(tx, member.org, now, entry).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await?;
    clocks(app, &mut app.db.read(Scope::Org(admin.org)).await?, admin.org).await
}

/// The clocks in effect.
pub async fn clocks(app: &App, tx: &mut Tx, org: OrgKey) -> Result<Vec<Clock>> {
    let settings = store::retention::settings(tx, org).await?;
    let clock = |&class: &RecordClass| {
        let own = settings.iter().find(|setting| setting.record_class == class);
        let limits = limits(class);
        Clock {
            class,
            days: days(app, class, own.and_then(|setting| setting.days)),
            default: days(app, class, None),
            floor: limits.floor,
            ceiling: limits.ceiling,
        }
    };
    Ok(RecordClass::ALL.iter().map(clock).collect())
}

/// What an organization chose, else the default; that of receipts stands in the settings.
pub(super) fn days(app: &App, class: RecordClass, own: Option<i64>) -> u32 {
    let default = match class {
        RecordClass::Receipts => {
            u32::try_from(app.config.limits.receipts_kept.as_secs().div_ceil(24 * 3600)).unwrap_or(u32::MAX)
        }
        _ => limits(class).default,
    };
    own.and_then(|days| u32::try_from(days).ok()).unwrap_or(default)
}
