//! What systemd, or another service manager of its protocol, is told: that we are ready, well, stopping. Without
//! `NOTIFY_SOCKET` nobody is.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{sleep, timeout};

use crate::{app::App, db::Db};

const SERVING: NotifyState<'_> = NotifyState::Status("serving");
const UNWELL: NotifyState<'_> = NotifyState::Status("the database does not answer");
const ENDING: NotifyState<'_> = NotifyState::Status("finishing what it has begun");

/// Called when requests are taken from now on.
pub fn start(app: &App) {
    tell(&[NotifyState::Ready, SERVING]);
    let stop = app.tasks.stopping().clone();
    app.tasks.spawn(async move {
        stop.cancelled().await;
        tell(&[NotifyState::Stopping, ENDING]);
    });
    if let Some(patience) = sd_notify::watchdog_enabled() {
        app.tasks.spawn_until_stop(watch(app.db.clone(), patience / 2));
    }
}

/// Says that all is well, twice in the time after which a restart comes, as long as the database answers. That it
/// refuses is an answer: a server that is away or a full disk is not mended by a restart, a writer that hangs is.
async fn watch(db: Db, every: Duration) {
    let mut well = true;
    loop {
        let answered = timeout(every, ask(&db)).await.is_ok();
        if answered {
            tell(&[NotifyState::Watchdog]);
        }
        if answered != well {
            well = answered;
            tell(&[if well { SERVING } else { UNWELL }]);
        }
        if answered {
            sleep(every).await;
        }
    }
}

async fn ask(db: &Db) {
    if let Err(error) = db.takes_writes().await {
        tracing::warn!(%error, "the database refuses");
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager was not told");
    }
}
