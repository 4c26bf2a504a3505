//! Settings: code defaults, then a TOML file, then the environment. Read once, checked whole.
//!
//! Every problem is reported at once, each with its key and what to do. Secrets come from the environment or from
//! files that only their owner can read, and are redacted in every print. The environment is read here and nowhere
//! else.

mod effective;
mod origin;
mod reader;
mod rules;
mod setting;
#[cfg(test)]
mod tests;
mod tls;

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;
use url::Url;

pub use origin::Sources;
pub use reader::{Problem, Problems};
pub use rules::{is_loopback, open_to_others};
pub use setting::{LogFormat, duration_text};
pub use tls::{Authority, Tls};

use crate::{db::Address, limits, seal::SealKey};
use effective::Effective;
use reader::Reader;
use setting::Setting;

/// Looked for when no file is named.
pub const DEFAULT_FILE: &str = "lotline.toml";

/// All settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    pub server: Server,
    /// `None`: plain HTTP, for a proxy in front.
    pub tls: Option<Tls>,
    pub database: Database,
    pub auth: Auth,
    pub secrets: Secrets,
    pub twilio: Twilio,
    pub elevenlabs: Vendor,
    pub conversation: Conversation,
    pub delivery: Delivery,
    pub floor: Floor,
    /// The only hosts media is fetched from.
    pub media_hosts: Vec<String>,
    /// The only private or plain-http model servers that an organization may name. Empty: none.
    pub agent_hosts: Vec<String>,
    /// False: this node only takes requests; its jobs wait for another.
    pub jobs_enabled: bool,
    pub limits: Limits,
    /// `None`: no backups are made by themselves.
    pub backup: Option<Backup>,
    pub log: Log,
    pub monitoring: Monitoring,
    effective: Effective,
}

#[derive(Debug, Clone)]
pub struct Server {
    pub listen: SocketAddr,
    /// Base of every webhook URL and of the links of invites. Unset: the carrier's list is read instead, webhooks answer
    /// 503, invites have a token only.
    pub public_url: Option<Url>,
    /// Proxies whose `X-Forwarded-For` is believed. Empty: nobody's; the peer's address counts.
    pub trusted_proxies: Vec<IpAddr>,
    /// Web pages of these origins may call the API. Empty: none.
    pub cors_origins: Vec<Url>,
    /// After SIGTERM requests are still taken for this long, while `/readyz` says 503.
    pub linger: Duration,
}

#[derive(Clone)]
pub struct Database {
    /// `sqlite:FILE` or `postgres://…`; may hold a password.
    pub url: String,
    /// A transaction pooler such as PgBouncer stands at that address.
    pub pooler: bool,
    /// The server itself, where a pooler cannot be listened through.
    pub listen_url: Option<String>,
}

impl Database {
    pub fn address(&self) -> Address {
        let Self { url, pooler, listen_url } = self.clone();
        Address { url, pooler, listen_url }
    }
}

#[derive(Debug, Clone)]
pub struct Auth {
    /// Signs access tokens.
    pub secret: SecretString,
    /// Tokens that it signed are still accepted: the old secret during a rotation.
    pub previous_secret: Option<SecretString>,
    /// False: sign-up makes the first organization only.
    pub open_signup: bool,
}

#[derive(Debug, Clone)]
pub struct Secrets {
    /// Seals carrier and provider credentials.
    pub key: SealKey,
    /// Still opens what it sealed: the old key during a rotation.
    pub previous_key: Option<SealKey>,
    /// Every file that a secret was read from, for checks of who may read it.
    pub files: Vec<PathBuf>,
}

#[derive(Debug, Clone)]
pub struct Twilio {
    /// Where its API is; a test points it at loopback.
    pub api_base: Url,
    /// How often its list is read for texts and states that no webhook told of. `None`: never.
    pub list_every: Option<Duration>,
}

/// Where a vendor's API is; a test points it at loopback.
#[derive(Debug, Clone)]
pub struct Vendor {
    pub api_base: Url,
}

#[derive(Debug, Clone)]
pub struct Conversation {
    /// The AI waits this long after the last text, so that several quick ones get one answer.
    pub burst_window: Duration,
    /// And no longer than this after the first of them.
    pub burst_max: Duration,
    /// An AI that has not answered by then is given up and a person is asked for.
    pub answer_within: Duration,
}

#[derive(Debug, Clone)]
pub struct Delivery {
    /// Undo window of a person's message.
    pub hold: Duration,
    /// When the carrier's list is searched for a message of unknown outcome.
    pub reconcile_after: Vec<Duration>,
    /// An older message is not sent without a person.
    pub stale_after: Duration,
    /// Segments a second that one own number sends after a burst of ten.
    pub pace: usize,
}

#[derive(Debug, Clone)]
pub struct Floor {
    /// Somebody must take a hand-over within this time, else an alarm goes out.
    pub handoff_timeout: Duration,
    /// The AI gets the floor back after a member was idle this long. `None`: never by itself.
    pub hand_back_after: Option<Duration>,
}

/// Backups that the daemon makes of its SQLite file.
#[derive(Debug, Clone)]
pub struct Backup {
    pub directory: PathBuf,
    pub every: Duration,
    /// The newest so many stay.
    pub keep: usize,
}

#[derive(Debug, Clone)]
pub struct Limits {
    pub connections: usize,
    pub streams_per_session: usize,
    pub streams_per_organization: usize,
    pub jobs_at_once: usize,
    /// False: requests are not counted, because something in front of the daemon does it.
    pub rates: bool,
    /// Raw webhook bodies are kept this long.
    pub receipts_kept: Duration,
}

#[derive(Debug, Clone)]
pub struct Log {
    pub format: LogFormat,
    /// A level, or directives such as `info,lotlined=debug`.
    pub level: String,
}

/// Who may read `/metrics`. By default nobody.
#[derive(Debug, Clone)]
pub struct Monitoring {
    /// From these addresses, with no proxy between.
    pub allow: Vec<IpAddr>,
    /// Whoever brings it as a bearer token.
    pub token: Option<SecretString>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listen = self.listen_url.as_deref().map(rules::without_password);
        f.debug_struct("Database")
            .field("url", &rules::without_password(&self.url))
            .field("pooler", &self.pooler)
            .field("listen_url", &listen)
            .finish()
    }
}

impl Config {
    /// Reads `file` (or [`DEFAULT_FILE`] if that exists) and this process's environment.
    pub fn load(file: Option<&Path>) -> Result<Self, Problems> {
        Self::from_sources(Sources::of_process(file))
    }

    /// Reads TOML text alone, as a demo or a test makes it.
    pub fn from_toml(text: &str) -> Result<Self, Problems> {
        Self::from_sources(Sources::new().text(text))
    }

    /// Reads the given sources; all problems at once.
    pub fn from_sources(sources: Sources) -> Result<Self, Problems> {
        let mut reader = sources.into_reader();
        let config = read(&mut reader);
        let (shown, mut problems) = reader.finish();
        // Rules on values that are defaults in place of wrong ones would only confuse.
        if let Some(mut config) = config {
            rules::check(&config, &mut problems);
            config.effective = Effective(shown);
            if problems.is_empty() {
                return Ok(config);
            }
        }
        Err(Problems::sorted(problems))
    }

    /// Every setting as it is in effect, with where it comes from; secrets redacted.
    pub fn effective(&self) -> &impl fmt::Display {
        &self.effective
    }

    /// No webhook can reach this desk: texts and the states of messages come by the carrier's list alone.
    pub const fn is_polling(&self) -> bool {
        self.server.public_url.is_none()
    }

    /// The public URL of `path` (which starts with a slash), `None` while no base is set.
    pub fn public(&self, path: &str) -> Option<String> {
        let base = self.server.public_url.as_ref()?;
        Some(format!("{}{path}", base.as_str().trim_end_matches('/')))
    }
}

/// Reads every key, even when one is wrong; then what is read serves to find more problems and goes no further.
fn read(r: &mut Reader) -> Option<Config> {
    let server = read_server(r);
    let tls = tls::read(r);
    let database = read_database(r);
    let auth_secret = r.secret("auth.secret", "auth.secret_file");
    let previous_secret = r.secret_if_any("auth.previous_secret", "auth.previous_secret_file");
    let open_signup = r.value("auth.open_signup", false);
    let key = r.seal_key("secrets.key", "secrets.key_file");
    let previous_key = r.seal_key_if_any("secrets.previous_key", "secrets.previous_key_file");
    let twilio = read_vendor(r, "twilio.api_base", "https://api.twilio.com");
    let list_every = if server.public_url.is_some() { limits::LIST_EVERY } else { limits::POLL_EVERY };
    let list_every = r.value("twilio.list_every", Some(list_every));
    let elevenlabs = read_vendor(r, "elevenlabs.api_base", "https://api.elevenlabs.io");
    let conversation = Conversation {
        burst_window: r.value("conversation.burst_window", Duration::from_secs(2)),
        burst_max: r.value("conversation.burst_max", Duration::from_secs(10)),
        answer_within: r.value("conversation.answer_within", Duration::from_secs(20)),
    };
    let delivery = read_delivery(r);
    let floor = Floor {
        handoff_timeout: r.value("floor.handoff_timeout", Duration::from_mins(2)),
        hand_back_after: r.value("floor.hand_back_after", None),
    };
    let media_hosts =
        r.value("media.allow_hosts", owned(&["api.twilio.com", "mms.twiliocdn.com", "media.twiliocdn.com"]));
    let agent_hosts = r.value("agents.allow_hosts", Vec::new());
    let jobs_enabled = r.value("jobs.enabled", true);
    let limits = read_limits(r);
    let backup = read_backup(r);
    let log = Log {
        format: r.value("log.format", LogFormat::Human),
        level: r.value("log.level", "info".to_owned()),
    };
    let monitoring = Monitoring {
        allow: r.value("metrics.allow", Vec::new()),
        token: r.secret_if_any("metrics.token", "metrics.token_file"),
    };
    Some(Config {
        server,
        tls,
        database,
        auth: Auth { secret: auth_secret, previous_secret, open_signup },
        secrets: Secrets { key, previous_key, files: r.secret_files() },
        twilio: Twilio { api_base: twilio?.api_base, list_every },
        elevenlabs: elevenlabs?,
        conversation,
        delivery,
        floor,
        media_hosts,
        agent_hosts,
        jobs_enabled,
        limits,
        backup,
        log,
        monitoring,
        effective: Effective(Vec::new()),
    })
}

fn read_database(r: &mut Reader) -> Database {
    let url =
        r.value_shown("database.url", "sqlite:lotline.db".to_owned(), |url| rules::without_password(url));
    let pooler = r.value("database.pooler", false);
    let redacted = |url: &Option<String>| url.as_deref().map(rules::without_password).show();
    let listen_url = r.value_shown("database.listen_url", None, redacted);
    Database { url, pooler, listen_url }
}

fn read_server(r: &mut Reader) -> Server {
    let port = r.port();
    let with_port = |listen: SocketAddr| SocketAddr::new(listen.ip(), port.unwrap_or(listen.port()));
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, 3001));
    let listen = r.value_shown("server.listen", default, |listen| format!("\"{}\"", with_port(*listen)));
    Server {
        listen: with_port(listen),
        public_url: r.value("server.public_url", None),
        trusted_proxies: r.value("server.trusted_proxies", Vec::new()),
        cors_origins: r.value("server.cors_origins", Vec::new()),
        linger: r.value("server.linger", Duration::ZERO),
    }
}

fn read_vendor(r: &mut Reader, key: &'static str, default: &str) -> Option<Vendor> {
    let api_base = r.value(key, Url::parse(default).ok())?;
    Some(Vendor { api_base })
}

fn read_delivery(r: &mut Reader) -> Delivery {
    let seconds = |s: &[u64]| s.iter().copied().map(Duration::from_secs).collect::<Vec<_>>();
    Delivery {
        hold: r.value("delivery.hold", Duration::from_secs(5)),
        reconcile_after: r.value("delivery.reconcile_after", seconds(&[30, 90, 180])),
        stale_after: r.value("delivery.stale_after", Duration::from_secs(600)),
        pace: r.value("delivery.pace", 5),
    }
}

fn read_backup(r: &mut Reader) -> Option<Backup> {
    let directory: Option<String> = r.value("backup.directory", None);
    let every = r.value("backup.every", Duration::from_hours(24));
    let keep = r.value("backup.keep", 14);
    directory.map(|directory| Backup { directory: r.path(&directory), every, keep })
}

fn read_limits(r: &mut Reader) -> Limits {
    Limits {
        connections: r.value("limits.connections", limits::CONNECTIONS),
        streams_per_session: r.value("limits.streams_per_session", limits::STREAMS_PER_SESSION),
        streams_per_organization: r
            .value("limits.streams_per_organization", limits::STREAMS_PER_ORGANIZATION),
        jobs_at_once: r.value("limits.jobs_at_once", limits::JOBS_AT_ONCE),
        rates: r.value("limits.rates", true),
        receipts_kept: r.value("retention.receipts", limits::RECEIPTS_KEPT),
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// The file that `named` or the default means, if there is one.
pub fn file_in_use(named: Option<&Path>) -> Option<PathBuf> {
    match named {
        Some(path) => Some(path.to_owned()),
        None => Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists()),
    }
}
