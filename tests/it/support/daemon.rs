//! A real daemon on a free port of loopback, and commands beside it.

use std::sync::Arc;

use lotlined::{app::App, clock::Clock, config::Config, db::Hold, tasks::Tasks};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::db::Fresh;

/// A daemon that serves until it is stopped.
pub(crate) struct Daemon {
    pub(crate) base: String,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

/// Settings of a test, with more TOML after them; open sign-up, since tests need several organizations.
pub(crate) fn settings(url: &str, more: &str) -> Config {
    let mut config = Config::from_toml(&settings_text(url, more)).unwrap();
    // A test asks as fast as it can.
    config.limits.rates = false;
    config
}

/// The same as the text of a file.
pub(crate) fn settings_text(url: &str, more: &str) -> String {
    format!(
        "[database]\nurl = {:?}\n[secrets]\nkey = \"{}\"\n[auth]\nsecret = \"{}\"\n{more}",
        url,
        "5e".repeat(32),
        "a-signing-secret-of-the-tests-0123456789"
    )
}

impl Daemon {
    pub(crate) async fn start(db: &Fresh) -> Self {
        Self::start_with(settings(&db.url, "open_signup = true")).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        Self::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), config)
    }

    /// Serves on a listener that is bound already, so that the settings can name its address.
    pub(crate) fn start_on(listener: TcpListener, config: Config) -> Self {
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let served = Tasks::new().spawn({
            let stop = stop.clone();
            async move {
                lotlined::serve(config, listener, stop.cancelled_owned()).await.unwrap();
            }
        });
        Self { base, stop, served }
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.served.await.unwrap();
    }
}

/// What a command at the command line opens, beside the daemon.
pub(crate) async fn beside(db: &Fresh) -> Arc<App> {
    App::open(settings(&db.url, ""), Clock::system(), Hold::Command).await.unwrap()
}
