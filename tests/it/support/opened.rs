//! A daemon's parts on a fresh database, before it serves.

use std::sync::Arc;

use lotlined::{
    app::App,
    bus::Bus,
    clock::Clock,
    config::Config,
    db::{Db, Hold},
    tasks::Tasks,
};

use super::{daemon::settings, db::Fresh};

/// The application and the parts that tests of reading and streaming reach for.
pub(crate) struct Opened {
    pub(crate) app: Arc<App>,
    pub(crate) db: Db,
    pub(crate) bus: Bus,
    pub(crate) tasks: Tasks,
    url: String,
}

impl Opened {
    pub(crate) async fn on(fresh: &Fresh) -> Self {
        Self::open(&fresh.url, Hold::Daemon).await
    }

    /// Another process beside this one, on the same database; its commits are told to a bus of its own.
    pub(crate) async fn beside(&self) -> Self {
        Self::open(&self.url, Hold::Command).await
    }

    /// A daemon's with more settings than the tests' own.
    pub(crate) async fn set(fresh: &Fresh, more: &str) -> Self {
        Self::with(settings(&fresh.url, more), Clock::system(), Hold::Daemon, &fresh.url).await
    }

    /// By a clock of the test's own; anybody may found an organization.
    pub(crate) async fn timed(fresh: &Fresh, clock: Clock) -> Self {
        Self::with(settings(&fresh.url, "open_signup = true"), clock, Hold::Daemon, &fresh.url).await
    }

    async fn open(url: &str, hold: Hold) -> Self {
        Self::with(settings(url, ""), Clock::system(), hold, url).await
    }

    async fn with(config: Config, clock: Clock, hold: Hold, url: &str) -> Self {
        let app = App::open(config, clock, hold).await.unwrap();
        let (db, bus, tasks) = (app.db.clone(), app.bus.clone(), app.tasks.clone());
        Self { app, db, bus, tasks, url: url.to_owned() }
    }
}
