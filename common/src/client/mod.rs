//! Typed HTTP calls: one method per endpoint, typed errors, one sign-in shared by every clone.
//!
//! Holds no rule of the product and keeps nothing on disk itself: where tokens live is a [`Keep`]. A call is repeated
//! only after a 401, which the daemon answers before it does anything.

mod alarm;
mod audit;
mod call;
mod error;
mod keep;
mod lead;
mod organization;
mod session;
#[cfg(test)]
mod tests;
mod text;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub use error::Error;
pub use keep::{Keep, Memory};

use crate::api::auth::Session;

/// How long the daemon may take to answer one call.
const PATIENCE: Duration = Duration::from_secs(20);
/// By which a person knows the console in the list of their sessions.
const AGENT: &str = concat!("lotline/", env!("CARGO_PKG_VERSION"));
/// How long a connection may take to open.
const DIAL: Duration = Duration::from_secs(5);

/// One daemon, and who we are there. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    stream: reqwest12::Client,
    base: String,
    keep: Box<dyn Keep>,
    session: Mutex<Option<Session>>,
    /// Held over a refresh, so that ten calls that meet an old token refresh it once.
    refreshing: tokio::sync::Mutex<()>,
    round_trip: AtomicU64,
}

impl Client {
    /// Speaks to the daemon at `base` (`http://127.0.0.1:3001`) with the sign-in that `keep` holds, if any.
    ///
    /// # Errors
    /// The address is not http(s), the kept sign-in cannot be read, or TLS has no root certificates.
    pub fn new(base: &str, keep: impl Keep) -> Result<Self, Error> {
        // reqwest 0.12 is built without a provider and panics at its first https request unless one is installed;
        // an `Err` only says that somebody did it already.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let base = base.trim_end_matches('/').to_owned();
        let plain = base.starts_with("http://");
        if !plain && !base.starts_with("https://") {
            return Err(Error::Address(base));
        }
        let session = keep.load().map_err(Error::Keep)?;
        let inner = Inner {
            http: http(plain)?,
            stream: stream_http()?,
            base,
            keep: Box::new(keep),
            session: Mutex::new(session),
            refreshing: tokio::sync::Mutex::new(()),
            round_trip: AtomicU64::new(0),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The daemon's address, without a trailing slash.
    pub fn base(&self) -> &str {
        &self.inner.base
    }

    /// The present sign-in.
    pub fn session(&self) -> Option<Session> {
        self.slot().clone()
    }

    /// How long the newest answer took to come; `None` before the first.
    pub fn round_trip(&self) -> Option<Duration> {
        let micros = self.inner.round_trip.load(Ordering::Relaxed);
        (micros > 0).then(|| Duration::from_micros(micros))
    }

    pub(crate) fn access_token(&self) -> Option<String> {
        self.slot().as_ref().map(|session| session.access_token.clone())
    }

    pub(crate) fn stream_http(&self) -> &reqwest12::Client {
        &self.inner.stream
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Session>> {
        // A panic elsewhere cannot leave a half-written session: it is replaced whole.
        self.inner.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn took(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
        self.inner.round_trip.store(micros, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.inner.base).finish_non_exhaustive()
    }
}

fn http(plain: bool) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder()
        .user_agent(AGENT)
        .connect_timeout(DIAL)
        .timeout(PATIENCE)
        // A redirect would carry the bearer token to wherever it points.
        .redirect(reqwest::redirect::Policy::none());
    // A box without root certificates can still reach the daemon on its own loopback.
    let builder = if plain { builder.tls_certs_only([]) } else { builder };
    builder.build().map_err(|cause| Error::Setup(cause.to_string()))
}

/// The stream's own client: no total timeout, since a stream has no end; silence is the supervisor's business.
fn stream_http() -> Result<reqwest12::Client, Error> {
    reqwest12::Client::builder()
        .connect_timeout(DIAL)
        .redirect(reqwest12::redirect::Policy::none())
        .build()
        .map_err(|cause| Error::Setup(cause.to_string()))
}
