//! Starting the simulator and talking to it from the same process.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, http::Uri, response::Response};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    Account, Acknowledgement, Agent, App, BehaviourRule, Fault, Ledger, Number, Pace, Text, control,
    elevenlabs,
    fault::Faults,
    ledger::Book,
    shared::Shared,
    shopper::{self, Script, ScriptReport, ShopperPlan, ShopperReport, Shoppers},
    tasks::Tasks,
    twilio,
    wire::{Listening, Wire},
    world::World,
};

/// How to start.
#[derive(Debug, Clone)]
pub struct Config {
    /// Port 0 picks a free one.
    pub listen: SocketAddr,
    /// Shoppers, answers and chances of faults repeat with it.
    pub seed: u64,
    pub pace: Pace,
}

impl Default for Config {
    fn default() -> Self {
        Self { listen: (Ipv4Addr::LOCALHOST, 0).into(), seed: 1, pace: Pace::default() }
    }
}

/// Why it did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("cannot make an HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

/// A running simulator. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Simulator {
    app: App,
}

/// Starts both vendors on one port; they run until `shutdown` is cancelled.
pub async fn start(config: Config, shutdown: CancellationToken) -> Result<Simulator, Error> {
    let address = config.listen;
    let no_listener = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(no_listener)?;
    let bound = listener.local_addr().map_err(no_listener)?;
    let http = reqwest::Client::builder()
        .user_agent("TwilioProxy/1.1")
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        // A carrier calls from many machines: no two webhooks share a connection.
        .pool_max_idle_per_host(0)
        .no_proxy()
        .build()?;
    let app = Arc::new(World {
        base_url: format!("http://{}", reachable(bound)),
        book: Book::default(),
        faults: Faults::new(config.seed),
        carrier: twilio::Carrier::default(),
        agents: elevenlabs::Vendor::new(config.seed),
        shoppers: Shared::default(),
        tasks: Tasks::new(shutdown),
        http,
        config,
    });
    serve(&app, Listening(listener));
    Ok(Simulator { app })
}

/// An address to listen on everywhere is no address to call.
fn reachable(bound: SocketAddr) -> SocketAddr {
    if bound.ip().is_unspecified() { (Ipv4Addr::LOCALHOST, bound.port()).into() } else { bound }
}

fn serve(app: &App, listener: Listening) {
    let simulator = Simulator { app: app.clone() };
    let router = Router::new()
        .merge(twilio::routes(app))
        .merge(elevenlabs::routes())
        .with_state(app.clone())
        .merge(control::routes(simulator))
        .fallback(nowhere)
        .into_make_service_with_connect_info::<Wire>();
    let shutdown = app.tasks.shutdown().clone();
    app.tasks.spawn_to_end(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned());
        if let Err(error) = serving.await {
            tracing::error!(%error, "the simulator stopped listening");
        }
    });
}

/// Each vendor words its own 404.
async fn nowhere(uri: Uri) -> Response {
    if uri.path().starts_with("/v1/") { elevenlabs::nowhere() } else { twilio::nowhere(uri.path()) }
}

impl Simulator {
    /// Where both vendors are reached: `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> String {
        self.app.base_url.clone()
    }

    /// A snapshot of what happened so far.
    pub fn ledger(&self) -> Ledger {
        self.app.book.snapshot()
    }

    /// Waits until the ledger satisfies `condition`; `false` when `deadline` passed first.
    pub async fn wait_until(&self, deadline: Duration, condition: impl Fn(&Ledger) -> bool) -> bool {
        self.app.book.wait_until(deadline, condition).await
    }

    pub fn register_account(&self, account: Account) {
        self.app.carrier.register_account(account);
    }

    pub fn register_number(&self, number: Number) {
        self.app.carrier.register_number(number);
    }

    pub fn register_agent(&self, agent: Agent) {
        self.app.agents.register(agent);
    }

    /// Whether the carrier itself acts on STOP, START and HELP for this account (it does unless told otherwise).
    pub fn set_answers_keywords(&self, account_sid: &str, answers: bool) {
        self.app.carrier.set_answers_keywords(account_sid, answers);
    }

    /// Sets the carrier's clock so many seconds ahead of the system's; behind it if negative.
    pub fn set_clock(&self, ahead: i64) {
        self.app.carrier.set_clock(ahead);
    }

    /// A customer writes; returns when the webhook was answered or given up.
    pub async fn text(&self, text: Text) -> Acknowledgement {
        twilio::text(&self.app, text).await
    }

    /// Lets something go wrong at the carrier.
    pub fn set_fault(&self, fault: Fault) {
        self.app.faults.add(fault);
    }

    /// The faults still in force.
    pub fn faults(&self) -> Vec<Fault> {
        self.app.faults.list()
    }

    pub fn clear_faults(&self) {
        self.app.faults.clear();
    }

    /// Lets an agent misbehave.
    pub fn set_behaviour(&self, rule: BehaviourRule) {
        self.app.agents.behave(rule);
    }

    pub fn clear_behaviours(&self) {
        self.app.agents.behave_well();
    }

    /// Sets shoppers to work until they are told to stop.
    pub fn shoppers(&self, plan: ShopperPlan) -> Shoppers {
        let shoppers = Shoppers::start(&self.app, plan);
        self.app.shoppers.lock().push(shoppers.clone());
        shoppers
    }

    /// Stops all shoppers; returns when their last webhook is answered, with what they did together.
    pub async fn stop_shoppers(&self) -> ShopperReport {
        let at_work = std::mem::take(&mut *self.app.shoppers.lock());
        let mut sum = ShopperReport::default();
        for shoppers in at_work {
            sum = sum.plus(shoppers.stop().await);
        }
        sum
    }

    /// Plays a script to its end.
    pub async fn play(&self, script: &Script) -> ScriptReport {
        shopper::play(&self.app, script).await
    }

    /// Waits until everything has ended, which happens after the shutdown token was cancelled.
    pub async fn ended(&self) {
        self.app.tasks.ended().await;
        // Shoppers hold the world they live in.
        self.app.shoppers.lock().clear();
    }
}
