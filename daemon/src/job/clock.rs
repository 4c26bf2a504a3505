//! Notices when the system's clock is set, tells the operator, and mends what the clock of before had put off.

use std::sync::Arc;

use lotline_common::api::alarm::AlarmKind;

use crate::{
    app::App,
    db::Scope,
    error::{Error, Result},
    limits, store,
};

/// Runs until the process stops.
pub(super) fn start(app: &Arc<App>) {
    let app = app.clone();
    let tasks = app.tasks.clone();
    let (mut drift, mut jumped_at) = (app.clock.drift(), None);
    tasks.spawn_until_stop(async move {
        loop {
            tokio::time::sleep(limits::BEAT).await;
            let jump = app.clock.drift().since(drift);
            drift = app.clock.drift();
            if jump.is_large() {
                jumped_at = Some(app.clock.steady());
                app.alarms.raise(AlarmKind::ClockJumped, Some(jump.to_string()));
                if let Err(error) = mend(&app).await {
                    tracing::warn!(%error, "work that a changed clock put off could not be brought back");
                }
                app.bell.ring();
            }
            if jumped_at.is_some_and(|at| app.clock.steady().since(at) > limits::CLOCK_CALM) {
                jumped_at = None;
                app.alarms.clear(AlarmKind::ClockJumped);
            }
        }
    });
}

/// Also at a start: the clock may have gone back while nobody looked.
pub(super) async fn mend(app: &App) -> Result<()> {
    let now = app.clock.now();
    let brought = app.db.write(Scope::System, move |tx| {
        Box::pin(async move { Ok::<_, Error>(store::job::come_back(tx, now).await?) })
    });
    let brought = brought.await?;
    if brought > 0 {
        tracing::info!(
            brought,
            "the clock has gone back: work that waited for a time to come again does not"
        );
    }
    Ok(())
}
