//! What handlers and jobs share. Wiring only.

use std::sync::{Arc, Mutex};

use secrecy::ExposeSecret;

use crate::{
    action::{
        receive_sms::{self, Inbound},
        record_reading::Recent,
    },
    alarm::Alarms,
    bus::{Bus, Room},
    callback::CallbackTokens,
    clock::Clock,
    config::{Config, Limits},
    db::{Batch, Committed, Db, DbError, Hold, Listener},
    directory::{Changes, Directory},
    domain::retry::Budget,
    error::{Error, Result},
    http::{cursor::CursorKey, rate::Rates, standing::SessionStanding, tls::TlsError, token::Tokens},
    job::{Running, runner::Bell},
    keyring::Keyring,
    limits,
    metrics::{Counts, Metrics, Sources},
    password::Passwords,
    port::{
        Measured, VendorMeter,
        agent::{Agent, elevenlabs::ElevenLabs},
        carrier::{Carrier, twilio::Twilio},
    },
    seal::Sealer,
    store::ingest::{Burst, Received},
    tasks::Tasks,
};

/// The parts of a running daemon, or of a command beside it.
pub struct App {
    pub config: Config,
    pub clock: Clock,
    pub alarms: Alarms,
    pub counts: Counts,
    pub metrics: Metrics,
    pub tasks: Tasks,
    pub db: Db,
    pub keyring: Keyring,
    pub directory: Directory,
    pub tokens: Tokens,
    pub sessions: Arc<SessionStanding>,
    pub passwords: Passwords,
    pub rates: Arc<Rates>,
    pub cursors: CursorKey,
    pub readings: Recent,
    pub bus: Bus,
    pub bell: Bell,
    pub running: Running,
    pub ingest: Batch<Inbound, Option<Received>>,
    pub carrier: Arc<dyn Carrier>,
    /// Of what this daemon sends to the carrier: a share of its own first tries, so daemons need not agree on it.
    pub retries: Arc<Mutex<Budget>>,
    pub agent: Arc<dyn Agent>,
    pub callbacks: CallbackTokens,
}

/// Who in this process hears of commits.
#[derive(Clone)]
struct Signals {
    directory: Changes,
    sessions: Changes,
    bus: Bus,
    bell: Bell,
    rates: Arc<Rates>,
    counts: Counts,
}

impl Signals {
    fn new(limits: &Limits) -> Self {
        let room = Room {
            per_session: limits.streams_per_session,
            per_organization: limits.streams_per_organization,
        };
        Self {
            directory: Changes::default(),
            sessions: Changes::default(),
            bus: Bus::new(room),
            bell: Bell::default(),
            rates: Arc::new(Rates::new(limits.rates)),
            counts: Counts::default(),
        }
    }

    fn listener(&self) -> Listener {
        let signals = self.clone();
        Listener::new(move |committed| committed.iter().for_each(|fact| signals.hear(fact)))
    }

    fn hear(&self, fact: &Committed) {
        match fact {
            Committed::Event(org, event) => {
                self.counts.event(event.kind);
                self.bus.publish(*org, event);
            }
            Committed::Elsewhere(org) => self.bus.look(*org),
            Committed::Used(org, node, usage) => {
                self.rates.charge(*org, *usage);
                self.bus.note_elsewhere(*org, *node, usage.streams);
            }
            Committed::Job(_) => self.bell.ring(),
            Committed::Directory => self.directory.note(),
            Committed::Sessions => self.sessions.note(),
        }
    }
}

/// Why a process cannot start, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// It had to stop: what it stands on is not there any more. The text says what to do.
    #[error("{0}")]
    Lost(String),
    #[error(transparent)]
    Other(#[from] Error),
}

impl App {
    /// Opens the database and puts everything together. Nothing runs yet but the database's own tasks.
    pub async fn open(config: Config, clock: Clock, hold: Hold) -> Result<Arc<Self>, StartError> {
        install_crypto();
        let tasks = Tasks::new();
        let signals = Signals::new(&config.limits);
        let db = Db::open(config.database.address(), hold, &tasks, signals.listener()).await?;
        let sealer = Sealer::new(&config.secrets.key, config.secrets.previous_key.as_ref());
        let keyring = Keyring::new(sealer.map_err(Error::internal)?);
        let previous = config.auth.previous_secret.as_ref();
        let burst = Burst { window: config.conversation.burst_window, max: config.conversation.burst_max };
        let (vendors, ingest) = (VendorMeter::default(), receive_sms::ingest(&db, &tasks, burst));
        let metrics = Metrics::new(&Sources {
            counts: &signals.counts,
            vendors: &vendors,
            bus: &signals.bus,
            db: &db,
            ingest: &ingest,
            set: &config.limits,
            started_at: clock.now(),
        });
        let twilio = Twilio::new(config.twilio.api_base.as_str(), clock.clone()).map_err(Error::internal)?;
        Ok(Arc::new(Self {
            directory: Directory::new(db.clone(), keyring.clone(), signals.directory),
            sessions: Arc::new(SessionStanding::new(db.clone(), clock.clone(), signals.sessions)),
            passwords: Passwords::default(),
            rates: signals.rates,
            cursors: CursorKey::derive(config.auth.secret.expose_secret().as_bytes())?,
            readings: Recent::default(),
            tokens: Tokens::new(&config.auth.secret, previous),
            callbacks: CallbackTokens::new(&config.auth.secret, previous),
            bus: signals.bus,
            bell: signals.bell,
            running: Running::default(),
            ingest,
            carrier: Arc::new(Measured { vendor: twilio, name: "twilio", meter: vendors.clone() }),
            agent: Arc::new(Measured { vendor: elevenlabs(&config)?, name: "elevenlabs", meter: vendors }),
            counts: signals.counts,
            metrics,
            retries: Arc::new(Mutex::new(Budget::new(clock.now()))),
            alarms: Alarms::new(clock.clone()),
            config,
            clock,
            tasks,
            db,
            keyring,
        }))
    }

    /// Ends the tasks, then the database.
    pub async fn close(&self) {
        self.tasks.drain(limits::DRAIN).await;
        self.db.close().await;
    }
}

fn elevenlabs(config: &Config) -> Result<ElevenLabs> {
    let (base, deadline) = (config.elevenlabs.api_base.as_str(), config.conversation.answer_within);
    ElevenLabs::new(base, deadline).map_err(Error::internal)
}

/// One crypto library for TLS and tokens. A second call, by a test of the same process, changes nothing.
pub fn install_crypto() {
    let tls = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let tokens = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    tracing::trace!(first = tls.is_ok() && tokens.is_ok(), "crypto is installed");
}
