//! The disk under an SQLite database: is there room, is the file still there, is it whole, is there a fresh copy?

use std::{path::Path, sync::Arc, time::Duration};

use lotline_common::api::alarm::AlarmKind;
use tokio::time::{Instant, sleep};

use crate::{
    action::{back_up, read_lists},
    app::App,
    backup::{self, BackupError},
    config::Backup,
    db::{DbError, EngineKind, Look},
    limits,
};

const MEGABYTE: u64 = 1024 * 1024;

/// Runs until the process stops, on a file of our own.
pub fn start(app: &Arc<App>) {
    if app.db.kind() != EngineKind::Sqlite {
        return;
    }
    let disk = app.clone();
    app.tasks.spawn_until_stop(async move {
        let (mut folded, mut was_full) = (Instant::now(), false);
        loop {
            if let Err(error) = look_after(&disk, &mut folded).await {
                tracing::warn!(%error, "the disk could not be looked at");
            }
            if was_full && !disk.db.is_full() {
                fetch_refused(&disk);
            }
            was_full = disk.db.is_full();
            sleep(limits::DISK_LOOK).await;
        }
    });
    let pages = app.clone();
    app.tasks.spawn_until_stop(async move {
        loop {
            examine(&pages).await;
            sleep(limits::EXAMINE_EVERY).await;
        }
    });
    if let Some(settings) = app.config.backup.clone() {
        let backups = app.clone();
        app.tasks.spawn_until_stop(async move {
            loop {
                back_up(&backups, &settings).await;
                sleep(limits::BACKUP_LOOK.min(settings.every)).await;
            }
        });
    }
}

/// Texts were refused while there was no room, and the carrier does not bring them again for long.
fn fetch_refused(app: &Arc<App>) {
    let desk = app.clone();
    app.tasks.spawn_until_stop(async move {
        if let Err(error) = read_lists::run(&desk, false).await {
            tracing::warn!(%error, "the carrier's lists could not be read");
        }
    });
}

async fn look_after(app: &App, folded: &mut Instant) -> Result<(), DbError> {
    let Some(look) = app.db.look()? else { return Ok(()) };
    if look.replaced {
        give_up(app, &look);
        return Ok(());
    }
    room(app, &look).await;
    log(app, &look, folded).await
}

/// What is written from here on would go to a file that nobody finds again.
fn give_up(app: &App, look: &Look) {
    app.db.abandon();
    let file = look.file.display();
    app.alarms.raise(AlarmKind::DatabaseReplaced, Some(file.to_string()));
    app.tasks.fail(format!(
        "{file} was removed or replaced while it was in use; nothing more was written. Put the right file back, or \
         restore a backup with `lotlined restore`, and start the daemon again"
    ));
}

/// Without room nothing is written; with room again a write is tried before others may.
async fn room(app: &App, look: &Look) {
    let tight = look.free < limits::DISK_ROOM;
    if tight {
        app.db.hold_writes();
    } else if app.db.is_full() && app.db.resume().await.is_ok() {
        tracing::info!("there is room on the disk again");
    }
    if app.db.is_full() {
        let folder = look.file.parent().unwrap_or(Path::new(".")).display();
        let subject = format!("{folder}: {} MB free", look.free / MEGABYTE);
        app.alarms.raise(AlarmKind::DiskFull, Some(subject));
    } else {
        app.alarms.clear(AlarmKind::DiskFull);
    }
}

async fn log(app: &App, look: &Look, folded: &mut Instant) -> Result<(), DbError> {
    if look.log <= limits::LOG_LARGE {
        app.alarms.clear(AlarmKind::WalLarge);
        return Ok(());
    }
    app.alarms.raise(AlarmKind::WalLarge, Some(format!("{} MB", look.log / MEGABYTE)));
    if folded.elapsed() < limits::LOG_FOLD_EVERY {
        return Ok(());
    }
    *folded = Instant::now();
    app.db.fold_log().await
}

async fn examine(app: &App) {
    let begun = Instant::now();
    match app.db.examine(true).await {
        Ok(None) => {
            tracing::info!(
                seconds = begun.elapsed().as_secs(),
                "every page of the database was looked at and is sound"
            );
            app.alarms.clear(AlarmKind::DatabaseDamaged);
        }
        Ok(Some(defect)) | Err(DbError::Damaged(defect)) => {
            app.alarms.raise(AlarmKind::DatabaseDamaged, Some(defect));
        }
        Err(error) => tracing::warn!(%error, "the database could not be examined"),
    }
}

async fn back_up(app: &App, settings: &Backup) {
    let now = app.clock.now();
    let due = backup::age(&settings.directory, now).map(|age| age.is_none_or(|age| age >= settings.every));
    let outcome = match due {
        Ok(true) => make(app, settings).await,
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => app.alarms.clear(AlarmKind::BackupFailed),
        Err(error) => {
            tracing::warn!(%error, "no backup was made");
            app.alarms.raise(AlarmKind::BackupFailed, Some(error.to_string()));
        }
    }
    let late = backup::age(&settings.directory, app.clock.now()).ok().flatten();
    if late.is_none_or(|age| age >= overdue(settings.every)) {
        app.alarms.raise(AlarmKind::BackupOld, Some(settings.directory.display().to_string()));
    } else {
        app.alarms.clear(AlarmKind::BackupOld);
    }
}

/// One was missed.
pub fn overdue(every: Duration) -> Duration {
    every * 2
}

async fn make(app: &App, settings: &Backup) -> Result<(), BackupError> {
    let (address, now) = (app.config.database.address(), app.clock.now());
    back_up::in_turn(&address, &settings.directory, settings.keep, now).await?;
    tracing::info!(directory = %settings.directory.display(), "a backup was made; it does not hold the key file");
    Ok(())
}
