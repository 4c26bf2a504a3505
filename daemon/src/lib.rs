//! The Lotline daemon.

pub mod action;
pub mod alarm;
pub mod app;
pub mod archive;
pub mod bus;
pub mod callback;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod directory;
pub mod domain;
pub mod error;
pub mod http;
pub mod job;
pub mod keyring;
pub mod limits;
pub mod opaque;
pub mod password;
pub mod port;
pub mod seal;
pub mod store;
pub mod tasks;
pub mod totp;

use std::future::Future;

use tokio::net::TcpListener;

use app::{App, StartError};
use clock::Clock;
use config::Config;
use db::Hold;
use http::{server::Bounds, tls::Tls};

/// Serves until `shutdown` is ready, then finishes what is under way and closes the database.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let app = App::open(config, Clock::system(), Hold::Daemon).await?;
    let tls = match app.config.tls.as_ref().map(|settings| Tls::start(settings, &app.tasks)).transpose() {
        Ok(tls) => tls,
        Err(error) => {
            app.close().await;
            return Err(error.into());
        }
    };
    app.bus.start(&app.db, app.sessions.clone(), limits::BEAT, &app.tasks);
    if app.config.jobs_enabled {
        job::schedule::take_over(&app).await?;
        action::rotate_keys::begin(&app).await?;
        job::runner::start(&app, app.bell.clone());
        job::schedule::start(&app);
    }
    let stop = app.tasks.stopping().clone();
    app.tasks.spawn_until_stop(async move {
        shutdown.await;
        stop.cancel();
    });
    http::rate::upkeep(&app);
    http::share::start(&app);
    let router = http::router::router(app.clone());
    let bounds = Bounds { connections: app.config.limits.connections, linger: app.config.server.linger };
    http::server::serve(listener, router, tls, bounds, &app.tasks).await;
    app.close().await;
    Ok(())
}
