//! Rules on settings that are well-formed each for itself: what would be unsafe or make no sense.

use std::{path::Path, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::{Config, reader::Problem};
use crate::limits;

/// Bytes: as many as the hash that signs has.
const SHORTEST_SECRET: usize = 32;
/// The API offers an undo window up to this.
const LONGEST_HOLD: Duration = Duration::from_secs(30);

pub(super) fn check(config: &Config, problems: &mut Vec<Problem>) {
    let mut wrong = |key: &str, advice: &str| problems.push(Problem::new(key, advice));
    if let Some(url) = &config.server.public_url
        && !is_safe(url)
    {
        wrong("server.public_url", "must start with https://; plain http is for loopback only");
    }
    let vendors =
        [("twilio.api_base", &config.twilio.api_base), ("elevenlabs.api_base", &config.elevenlabs.api_base)];
    for (key, base) in vendors {
        if !is_safe(base) {
            wrong(key, "must start with https://; plain http is for loopback only");
        }
    }
    if !["sqlite:", "postgres:", "postgresql:"].iter().any(|kind| config.database.url.starts_with(kind)) {
        wrong("database.url", "must be sqlite:FILE or postgres://…");
    }
    if config.database.url.strip_prefix("sqlite:").is_some_and(names_no_file) {
        wrong("database.url", "names no file; write sqlite:lotline.db, for instance");
    }
    check_pooler(config, &mut wrong);
    check_backup(config, &mut wrong);
    check_secrets(config, &mut wrong);
    check_times(config, &mut wrong);
    for (key, hosts) in
        [("media.allow_hosts", &config.media_hosts), ("agents.allow_hosts", &config.agent_hosts)]
    {
        if !hosts.iter().all(|host| is_host(host)) {
            wrong(key, "must list host names, with a port where it is not the usual one, and nothing else");
        }
    }
    if tracing_subscriber::EnvFilter::try_new(&config.log.level).is_err() {
        wrong("log.level", "must be error, warn, info, debug, trace, or directives like info,lotlined=debug");
    }
}

/// What stands behind `sqlite:`. SQLite would take a file that is gone when it is closed.
fn names_no_file(rest: &str) -> bool {
    let file = rest.split('?').next().unwrap_or_default();
    matches!(file.trim_start_matches('/'), "" | ":memory:")
}

fn check_pooler(config: &Config, wrong: &mut impl FnMut(&str, &str)) {
    let database = &config.database;
    if database.url.starts_with("sqlite:") && (database.pooler || database.listen_url.is_some()) {
        wrong("database.pooler", "and database.listen_url are for postgres:// only; remove them");
    }
    if database.listen_url.as_ref().is_some_and(|url| !url.starts_with("postgres")) {
        wrong("database.listen_url", "must be postgres://…, the server itself behind the pooler");
    }
}

fn check_backup(config: &Config, wrong: &mut impl FnMut(&str, &str)) {
    let Some(backup) = &config.backup else { return };
    if !config.database.url.starts_with("sqlite:") {
        wrong(
            "backup.directory",
            "is for an SQLite file; a PostgreSQL server has its own tools (docs/operations.md)",
        );
    }
    if backup.every < Duration::from_secs(1) {
        wrong("backup.every", "must be 1s or more");
    }
}

fn check_secrets(config: &Config, wrong: &mut impl FnMut(&str, &str)) {
    let short = |secret: &SecretString| secret.expose_secret().len() < SHORTEST_SECRET;
    if short(&config.auth.secret) {
        wrong("auth.secret", "must have 32 characters or more; `lotlined init` makes one");
    }
    if config.auth.previous_secret.as_ref().is_some_and(short) {
        wrong("auth.previous_secret", "must have 32 characters or more");
    }
}

fn check_times(config: &Config, wrong: &mut impl FnMut(&str, &str)) {
    if config.conversation.burst_max < config.conversation.burst_window {
        wrong("conversation.burst_max", "must not be shorter than conversation.burst_window");
    }
    if config.conversation.answer_within.is_zero() {
        wrong("conversation.answer_within", "must be longer than nothing");
    }
    let delivery = &config.delivery;
    if delivery.hold > LONGEST_HOLD {
        wrong("delivery.hold", "must be 30s or less");
    }
    if delivery.stale_after <= delivery.hold {
        wrong("delivery.stale_after", "must be longer than delivery.hold");
    }
    if delivery.reconcile_after.is_empty() || !delivery.reconcile_after.is_sorted_by(|a, b| a < b) {
        wrong("delivery.reconcile_after", "must list one or more times, each longer than the one before");
    }
    if config.is_polling() && config.twilio.list_every.is_none_or(|every| every > limits::POLL_EVERY_MOST) {
        wrong(
            "twilio.list_every",
            "must be 60s or less while server.public_url is not set: texts come by it alone",
        );
    }
    if config.floor.handoff_timeout.is_zero() {
        wrong("floor.handoff_timeout", "must be longer than nothing");
    }
}

/// Encrypted, or never leaving this machine.
fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Does the URL name this very machine?
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_host(text: &str) -> bool {
    Url::parse(&format!("https://{text}/")).is_ok_and(|url| {
        url.path() == "/" && url.username().is_empty() && url.query().is_none() && url.fragment().is_none()
    }) && !text.contains(['/', '@', '?', '#', '*'])
}

/// A database URL without its password.
pub(super) fn without_password(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            let hidden = parsed.set_password(Some("redacted"));
            hidden.map_or_else(|()| "[redacted]".to_owned(), |()| parsed.to_string())
        }
        Ok(parsed) if parsed.query().is_some_and(|query| query.contains("password")) => {
            "[redacted]".to_owned()
        }
        _ => url.to_owned(),
    }
}

/// Can anybody but the owner and its group read the file? An absent file is nobody's.
#[cfg(unix)]
pub fn open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
pub fn open_to_others(_path: &Path) -> bool {
    false
}
