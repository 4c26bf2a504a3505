//! What a demo needs running: the simulator, a database with two dealerships in it, and the daemon.

use std::{fs::OpenOptions, net::Ipv4Addr, os::unix::fs::OpenOptionsExt, time::Duration};

use lotline_sim::{Config as SimConfig, Pace, Simulator};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    client,
    folder::Folder,
    world::{self, Place},
};
use crate::{
    app::App,
    cli::{dealership, failure::Failure, logging},
    clock::Clock,
    config::Config,
    db::Hold,
    tasks::Tasks,
};

/// The daemon's log, in the demo's folder.
pub(super) const LOG: &str = "lotlined.log";

/// Everything at work.
pub(super) struct Stage {
    pub(super) simulator: Simulator,
    pub(super) places: Vec<Place>,
    /// Where the daemon is.
    pub(super) base: String,
    pub(super) burst: Duration,
    pub(super) clock: Clock,
    /// The demo's own listeners.
    pub(super) tasks: Tasks,
}

/// Sets the stage, plays `work` on it and ends everything, the daemon before its vendors.
pub(super) async fn play<T>(
    folder: &Folder,
    seed: u64,
    pace: Pace,
    database: Option<&str>,
    work: impl AsyncFnOnce(&Stage) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let log = OpenOptions::new().append(true).create_new(true).mode(0o600).open(folder.file(LOG));
    logging::start_in_file(log.map_err(Failure::failed)?);
    let (stop_simulator, stop_daemon) = (CancellationToken::new(), CancellationToken::new());
    let sim = SimConfig { listen: (Ipv4Addr::LOCALHOST, 0).into(), seed, pace };
    let simulator = lotline_sim::start(sim, stop_simulator.clone()).await.map_err(Failure::failed)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Failure::failed)?;
    let listen = listener.local_addr().map_err(Failure::failed)?.to_string();
    let config = folder.settings(&listen, &simulator.base_url(), database)?;
    let base = format!("http://{listen}");
    let dealerships = dealership::both(&mut fastrand::Rng::new());
    for store in &dealerships {
        store.register(&simulator, &base);
    }
    let places = build(config.clone(), dealerships).await?;
    let burst = config.conversation.burst_window;
    let stage = Stage { simulator, places, base, burst, clock: Clock::system(), tasks: Tasks::new() };

    let mut daemon = Box::pin(crate::serve(config, listener, stop_daemon.clone().cancelled_owned()));
    let playing = async {
        client::ready(&stage.base).await?;
        work(&stage).await
    };
    let outcome = tokio::select! {
        outcome = playing => outcome,
        ended = &mut daemon => return Err(ended.map_or_else(Failure::from, |()| Failure::failed("the daemon ended"))),
    };
    stage.simulator.stop_shoppers().await;
    stop_daemon.cancel();
    daemon.await?;
    stage.tasks.drain().await;
    stop_simulator.cancel();
    stage.simulator.ended().await;
    outcome
}

async fn build(config: Config, dealerships: Vec<dealership::Dealership>) -> Result<Vec<Place>, Failure> {
    let app = App::open(config, Clock::system(), Hold::Command).await?;
    let places = world::build(&app, dealerships).await;
    app.close().await;
    places
}
