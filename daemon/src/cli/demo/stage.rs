//! What a demo needs running: the simulator, a database with two dealerships in it, and the daemons.

use std::{fs::OpenOptions, net::Ipv4Addr, os::unix::fs::OpenOptionsExt, time::Duration};

use lotline_sim::{Config as SimConfig, Pace, Simulator};
use tokio_util::sync::CancellationToken;

use super::{
    client,
    folder::Folder,
    nodes::Daemons,
    world::{self, Place},
};
use crate::{
    app::App,
    cli::{dealership, failure::Failure, logging},
    clock::Clock,
    config::Config,
    db::Hold,
    limits,
    tasks::Tasks,
};

/// The daemon's log, in the demo's folder.
pub(super) const LOG: &str = "lotlined.log";

/// What is to be set up.
pub(super) struct Plan<'a> {
    pub(super) seed: u64,
    pub(super) pace: Pace,
    pub(super) database: Option<&'a str>,
    pub(super) nodes: usize,
}

/// Everything at work.
pub(super) struct Stage {
    pub(super) simulator: Simulator,
    pub(super) places: Vec<Place>,
    pub(super) daemons: Daemons,
    /// Where the desk is: the daemon, or what stands in front of several.
    pub(super) base: String,
    pub(super) burst: Duration,
    pub(super) clock: Clock,
    /// The demo's own listeners.
    pub(super) tasks: Tasks,
}

/// Sets the stage, plays `work` on it and ends everything, the daemons before their vendors.
pub(super) async fn play<T>(
    folder: &Folder,
    plan: Plan<'_>,
    work: impl AsyncFnOnce(&Stage) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let log = OpenOptions::new().append(true).create_new(true).mode(0o600).open(folder.file(LOG));
    logging::start_in_file(log.map_err(Failure::failed)?);
    let stop_simulator = CancellationToken::new();
    let sim = SimConfig { listen: (Ipv4Addr::LOCALHOST, 0).into(), seed: plan.seed, pace: plan.pace };
    let simulator = lotline_sim::start(sim, stop_simulator.clone()).await.map_err(Failure::failed)?;
    let daemons = Daemons::reserve(plan.nodes, stop_simulator.clone()).await?;
    let base = daemons.base();
    let config = folder.settings(&base, &simulator.base_url(), plan.database)?;
    let dealerships = dealership::both(&mut fastrand::Rng::new());
    for store in &dealerships {
        store.register(&simulator, &base);
    }
    let places = build(config.clone(), dealerships).await?;
    let burst = config.conversation.burst_window;
    let mut ended = daemons.start(config, folder)?;
    let stage =
        Stage { simulator, places, daemons, base, burst, clock: Clock::system(), tasks: Tasks::new() };

    let playing = async {
        client::ready(&stage.base).await?;
        work(&stage).await
    };
    let outcome = tokio::select! {
        outcome = playing => outcome,
        ended = &mut ended => return Err(ended.err().unwrap_or_else(|| Failure::failed("the daemon ended"))),
    };
    stage.simulator.stop_shoppers().await;
    stage.daemons.stop().await?;
    ended.await?;
    stage.tasks.drain(limits::DRAIN).await;
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
