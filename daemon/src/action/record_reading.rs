//! Somebody reads something sensitive: told before it is shown, once per person, thing and hour.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use lotline_common::{
    At, UserId,
    api::audit::{AuditAction, AuditSubject},
};

use crate::{
    app::App,
    db::{DbError, Scope},
    domain::{audit::Entry, organization::OrgKey, permission::Principal},
    error::Result,
    limits, store,
};

/// Readings of the last while that are in the log already: a console that reads a thread again asks no database.
#[derive(Default)]
pub struct Recent(Mutex<HashMap<Reading, At>>);

type Reading = (OrgKey, UserId, AuditAction, AuditSubject);

impl Recent {
    fn is_known(&self, reading: &Reading, now: At) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(reading).is_some_and(|&at| now.since(at) < limits::READING_WINDOW)
    }

    fn note(&self, reading: Reading, now: At) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= limits::READINGS {
            known.retain(|_, at| now.since(*at) < limits::READING_WINDOW);
        }
        // Still full: what is forgotten costs a look at the table.
        if known.len() < limits::READINGS {
            known.insert(reading, now);
        }
    }
}

/// Tells that `reader` reads `subject`, unless it was told within the hour.
pub async fn run(
    app: &App,
    reader: &Principal,
    action: AuditAction,
    subject: impl Into<AuditSubject>,
) -> Result<()> {
    let (subject, now) = (subject.into(), app.clock.now());
    let reading = (reader.org, reader.user, action, subject);
    if app.readings.is_known(&reading, now) {
        return Ok(());
    }
    let (org, entry) = (reader.org, Entry::new(action, reader.actor()).on(subject));
    app.db
        .write(Scope::Org(org), move |tx| {
            Box::pin(
                async move { store::audit::append_once(tx, org, now, entry, limits::READING_WINDOW).await },
            )
        })
        .await
        .or_else(|error| if_full(error, reader, action))?;
    if !app.db.is_full() {
        app.readings.note(reading, now);
    }
    Ok(())
}

/// A full disk does not keep people from their customers: then the program's own log is told.
fn if_full(error: DbError, reader: &Principal, action: AuditAction) -> Result<(), DbError> {
    if !matches!(error, DbError::Full) {
        return Err(error);
    }
    tracing::warn!(user = %reader.user, %action, "somebody reads while the disk is full, and the audit log cannot tell");
    Ok(())
}
