//! What handlers and jobs share. Wiring only.

use std::sync::Arc;

use crate::{
    clock::Clock,
    config::Config,
    db::{Committed, Db, DbError, Hold, Listener},
    directory::{Changes, Directory},
    error::{Error, Result},
    http::{standing::SessionStanding, throttle::Throttle, token::Tokens},
    password::Passwords,
    seal::Sealer,
    tasks::Tasks,
};

/// The parts of a running daemon, or of a command beside it.
pub struct App {
    pub config: Config,
    pub clock: Clock,
    pub tasks: Tasks,
    pub db: Db,
    pub sealer: Arc<Sealer>,
    pub directory: Directory,
    pub tokens: Tokens,
    pub sessions: SessionStanding,
    pub passwords: Passwords,
    pub throttle: Throttle,
}

/// What commits tell the caches of this process.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    pub directory: Changes,
    pub sessions: Changes,
}

impl Signals {
    /// Hears of commits for the caches; others who listen are called from the same listener.
    pub fn hear(&self, committed: &Committed) {
        match committed {
            Committed::Directory => self.directory.note(),
            Committed::Sessions => self.sessions.note(),
            Committed::Event(..) | Committed::Job(_) => {}
        }
    }

    fn listener(&self) -> Listener {
        let signals = self.clone();
        Listener::new(move |committed| committed.iter().for_each(|one| signals.hear(one)))
    }
}

/// Why a process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Other(#[from] Error),
}

impl App {
    /// Opens the database and puts everything together.
    pub async fn open(config: Config, clock: Clock, hold: Hold) -> Result<Arc<Self>, StartError> {
        install_crypto();
        let tasks = Tasks::new();
        let signals = Signals::default();
        let db = Db::open(&config.database.url, hold, &tasks, signals.listener()).await?;
        let sealer = Sealer::new(&config.secrets.key, config.secrets.previous_key.as_ref());
        let sealer = Arc::new(sealer.map_err(Error::internal)?);
        let tokens = Tokens::new(&config.auth.secret, config.auth.previous_secret.as_ref());
        Ok(Arc::new(Self {
            directory: Directory::new(db.clone(), sealer.clone(), signals.directory),
            sessions: SessionStanding::new(db.clone(), clock.clone(), signals.sessions),
            passwords: Passwords::default(),
            throttle: Throttle::default(),
            config,
            clock,
            tasks,
            db,
            sealer,
            tokens,
        }))
    }

    /// Ends the tasks, then the database.
    pub async fn close(&self) {
        self.tasks.drain().await;
        self.db.close().await;
    }
}

/// One crypto library for TLS and tokens. A second call, by a test of the same process, changes nothing.
pub fn install_crypto() {
    let tls = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let tokens = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    tracing::trace!(first = tls.is_ok() && tokens.is_ok(), "crypto is installed");
}
