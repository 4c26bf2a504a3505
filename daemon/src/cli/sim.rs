//! `lotlined sim`: the simulated carrier and AI as a process of their own, with what a daemon needs to use them.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use lotline_sim::{Config, Pace, Script, Simulator};
use tokio_util::sync::CancellationToken;

use super::{
    Done,
    dealership::{self, Dealership},
    failure::Failure,
    logging,
    output::say,
    stop::Stop,
};

/// How often a daemon that is not there yet is looked for before a script is played.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

#[derive(Args)]
pub(super) struct Sim {
    #[arg(long, default_value = "127.0.0.1:3100", value_name = "ADDR")]
    listen: SocketAddr,
    /// Decides answers and chances; the accounts are the same for the same seed.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// How slow the vendors are.
    #[arg(long, value_enum, default_value_t = Tempo::Lifelike)]
    pace: Tempo,
    /// The public URL of the daemon that gets the texts.
    #[arg(long, default_value = "http://127.0.0.1:3001", value_name = "URL")]
    daemon: url::Url,
    /// Texts to play once the daemon answers (TOML).
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
}

/// A pace by its name.
#[derive(Clone, Copy, ValueEnum)]
enum Tempo {
    /// As on a good day.
    Lifelike,
    /// Visible but quick.
    Quick,
    /// No waits at all, for load and for tests.
    Instant,
}

impl Tempo {
    const fn pace(self) -> Pace {
        match self {
            Self::Lifelike => Pace::lifelike(),
            Self::Quick => Pace::quick(),
            Self::Instant => Pace::instant(),
        }
    }
}

impl Sim {
    pub(super) async fn run(self) -> Done {
        logging::start_for_command();
        let mut stop = Stop::listen()?;
        let script = self.script.as_ref().map(read).transpose()?;
        let shutdown = CancellationToken::new();
        let config = Config { listen: self.listen, seed: self.seed, pace: self.pace.pace() };
        let simulator = lotline_sim::start(config, shutdown.clone()).await.map_err(Failure::failed)?;
        let stores = dealership::both(&mut fastrand::Rng::with_seed(self.seed));
        for store in &stores {
            store.register(&simulator, self.daemon.as_str());
        }
        self.explain(&simulator, &stores);
        let playing = async {
            if let Some(script) = &script {
                play(&simulator, script, self.daemon.as_str()).await?;
            }
            std::future::pending().await
        };
        let done = tokio::select! {
            failed = playing => failed,
            () = stop.wanted() => Ok(()),
        };
        shutdown.cancel();
        simulator.ended().await;
        done
    }

    /// Settings and commands, to be copied.
    fn explain(&self, simulator: &Simulator, stores: &[Dealership]) {
        let base = simulator.base_url();
        say("# The carrier, the AI and everybody who texts are simulated. In lotline.toml:");
        say(format!("[server]\npublic_url = \"{}\"", self.daemon.as_str().trim_end_matches('/')));
        say(format!("[twilio]\napi_base = \"{base}\"\n[elevenlabs]\napi_base = \"{base}\""));
        for store in stores {
            say(format!("\n# {}; the carrier's auth token and the agent's key are asked for:", store.name));
            say(format!("#   auth token {}", store.auth_token));
            say(format!("#   agent key  {}", store.agent_key));
            let (name, slug) = (store.name, store.slug);
            say(format!(
                "lotlined org create --name '{name}' --slug {slug} --admin-email admin@{slug}.example"
            ));
            say(format!("lotlined number add {} --org {slug}", store.number));
            say(format!("lotlined carrier set --org {slug} --account-sid {}", store.account_sid));
            let (agent, persona) = (&store.agent_id, store.persona);
            say(format!("lotlined agent set --org {slug} --agent-id {agent} --persona {persona}"));
        }
        if let Some(store) = stores.first() {
            say("\n# Then let somebody text:");
            let text = format!(
                r#"{{"from": "+13035550101", "to": "{}", "body": "Is it still there?"}}"#,
                store.number
            );
            say(format!("curl -s {base}/_sim/text -H 'content-type: application/json' -d '{text}'"));
            say(format!("# and see all that happened: curl -s {base}/_sim/ledger"));
        }
    }
}

fn read(path: &PathBuf) -> Result<Script, Failure> {
    let named = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    Script::parse(&text).map_err(|error| named(&error))
}

/// Plays a script when the daemon answers, and tells how it went.
async fn play(simulator: &Simulator, script: &Script, daemon: &str) -> Done {
    let health = format!("{}/readyz", daemon.trim_end_matches('/'));
    // A proxy of the environment does not know our loopback.
    let http = reqwest::Client::builder().no_proxy().build().map_err(Failure::failed)?;
    while !http.get(&health).send().await.is_ok_and(|answer| answer.status().is_success()) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let report = simulator.play(script).await;
    say(format!(
        "\n# The script is played: {} texts, {} taken by the daemon, {} answers missing.",
        report.texts, report.acknowledged, report.missing_answers
    ));
    Ok(())
}
