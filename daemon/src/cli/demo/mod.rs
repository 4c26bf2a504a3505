//! `lotlined demo`: the whole desk on this machine, with a simulated carrier and AI and customers who text.
//!
//! The daemon is the one that `serve` runs and talks to the vendors over sockets; nothing in it knows of the demo.

mod client;
mod console;
mod folder;
mod nodes;
mod stage;
mod summary;
mod vacant;
mod watch;
mod world;

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use lotline_common::api::auth::Role;
use lotline_sim::{Pace, ShopperPace, ShopperPlan};
use secrecy::ExposeSecret;

use super::{
    Done,
    failure::Failure,
    output::{complain, say},
    stop::Stop,
};
use client::Seat;
use folder::Folder;
use stage::Stage;
use summary::{Evidence, Known, Side, Summary};
use watch::Watch;
use world::Place;

/// After the last text the desk has this long to answer everybody.
const SETTLE: Duration = Duration::from_secs(10);
/// What a killed daemon had begun is taken over when its leases have run out.
const SETTLE_AFTER_A_KILL: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

#[derive(Args)]
pub(super) struct Demo {
    /// No console: let customers text for a while, then print what was promised and kept.
    #[arg(long)]
    headless: bool,
    /// How long customers text in a headless demo.
    #[arg(long, default_value_t = 30, value_name = "N")]
    seconds: u64,
    /// Decides who texts what.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// A new folder to keep everything in; a temporary one is removed.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// An empty database instead of an embedded one: sqlite:FILE or postgres://…. One that holds an organization or
    /// has a daemon is refused.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Daemons on that database, which must be PostgreSQL when they are several. In a headless demo one of them is
    /// killed half-way and started again.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    nodes: u8,
}

impl Demo {
    pub(super) async fn run(self) -> Done {
        if self.nodes > 1 && !self.database.as_ref().is_some_and(|url| url.starts_with("postgres")) {
            return Err(Failure::usage(
                "several --nodes need --database postgres://…; an SQLite file has one daemon",
            ));
        }
        if let Some(url) = &self.database {
            vacant::check(url).await?;
        }
        let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        if self.headless || !terminal {
            if !self.headless {
                complain("there is no terminal for the console here, so the demo goes on as with --headless");
            }
            return self.without_console().await;
        }
        let program = console::find()?;
        self.with_console(program).await
    }

    fn plan(&self, pace: Pace) -> stage::Plan<'_> {
        let Self { seed, database, nodes, .. } = self;
        stage::Plan { seed: *seed, pace, database: database.as_deref(), nodes: usize::from(*nodes) }
    }

    async fn without_console(self) -> Done {
        let mut stop = Stop::listen_with_terminal()?;
        let mut folder = Folder::make(self.keep.as_deref())?;
        let watched = async |stage: &Stage| self.watched(stage, &mut stop).await;
        let summary = stage::play(&folder, self.plan(Pace::quick()), watched).await?;
        say(&summary);
        if summary.broken().is_empty() {
            return Ok(());
        }
        folder.keep();
        complain(&format!("the log and the database are in {}", folder.path().display()));
        Err(Failure::Failed(None))
    }

    /// Customers text while every organization's stream is listened to.
    async fn watched(&self, stage: &Stage, stop: &mut Stop) -> Result<Summary, Failure> {
        let mut seats = Vec::new();
        for place in &stage.places {
            let operator = place.operator(Role::Admin)?;
            let seat = Seat::take(&stage.base, operator).await?;
            let watch = Watch::open(seat.clone(), &stage.base, operator, &stage.tasks).await?;
            seats.push((place, seat, watch));
        }
        stage.simulator.shoppers(plan(&stage.places, 12, ShopperPace::default()));
        let texting = async {
            let half = Duration::from_secs(self.seconds) / 2;
            tokio::time::sleep(half).await;
            stage.daemons.kill_and_restart_one().await?;
            tokio::time::sleep(half).await;
            Ok::<_, Failure>(())
        };
        tokio::select! {
            texted = texting => texted?,
            () = stop.wanted() => {}
        }
        stage.simulator.stop_shoppers().await;
        let gather = async || self.evidence(stage, &seats).await;
        let settle = if self.nodes > 1 { SETTLE_AFTER_A_KILL } else { SETTLE };
        let end = tokio::time::Instant::now() + settle;
        loop {
            let evidence = gather().await?;
            let summary = Summary::of(&evidence);
            let quiet = evidence.is_quiet(stage.clock.now());
            if (summary.is_settled() && quiet) || tokio::time::Instant::now() >= end {
                return Ok(summary);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn evidence(&self, stage: &Stage, seats: &[(&Place, Seat, Watch)]) -> Result<Evidence, Failure> {
        let mut sides = Vec::new();
        for (place, seat, watch) in seats {
            let store = &place.dealership;
            let leads = seat.leads().await?;
            sides.push(Side {
                name: store.name.to_owned(),
                number: store.number.to_owned(),
                agent_id: store.agent_id.clone(),
                canary: store.canary.to_owned(),
                leads: leads.iter().map(Known::of).collect(),
                heard: watch.heard(),
            });
        }
        Ok(Evidence { seed: self.seed, ledger: stage.simulator.ledger(), sides, burst: stage.burst })
    }

    async fn with_console(self, program: PathBuf) -> Done {
        let mut stop = Stop::listen_with_terminal()?;
        let folder = Folder::make(self.keep.as_deref())?;
        let shown = async |stage: &Stage| {
            introduce(stage, folder.path());
            let slow =
                ShopperPace { between_ms: (3_000, 10_000), burst_ms: (800, 2_500), patience_ms: 60_000 };
            stage.simulator.shoppers(plan(&stage.places, 10, slow));
            show(program, &folder, stage, &mut stop).await
        };
        stage::play(&folder, self.plan(Pace::lifelike()), shown).await
    }
}

/// The console in the terminal until it is closed or we are told to stop.
async fn show(program: PathBuf, folder: &Folder, stage: &Stage, stop: &mut Stop) -> Done {
    let place = stage.places.first().ok_or_else(|| Failure::failed("the demo has no organization"))?;
    let seat = Seat::take(&stage.base, place.operator(Role::Agent)?).await?;
    let mut child = console::start(program, folder, &stage.base, &seat)?;
    let status = tokio::select! {
        status = child.wait() => status.map_err(Failure::failed)?,
        () = stop.terminated() => console::end(child).await?,
    };
    if status.success() { Ok(()) } else { Err(Failure::failed(format!("the console ended with {status}"))) }
}

fn plan(places: &[Place], concurrency: usize, pace: ShopperPace) -> ShopperPlan {
    let stores = places.iter().map(|place| place.dealership.store()).collect();
    ShopperPlan { stores, concurrency, pace, max_texts: None }
}

fn introduce(stage: &Stage, folder: &Path) {
    say("The carrier, the AI and the customers of this demo are simulated; nothing leaves this machine.");
    say(format!("The desk is at {}, its log in {}.", stage.base, folder.join(stage::LOG).display()));
    for place in &stage.places {
        say(place.dealership.name);
        for operator in &place.operators {
            say(format!("  {:<34}{}", operator.email, operator.password.expose_secret()));
        }
    }
}
