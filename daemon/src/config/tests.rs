//! What an operator sees when settings are wrong, and that no secret is ever among it.

use std::{fs, os::unix::fs::PermissionsExt};

use super::*;

const SECRET: &str = "canary-0123456789abcdef0123456789abcdef";
const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn minimal() -> Sources {
    environment(&[("LOTLINE__AUTH__SECRET", SECRET), ("LOTLINE__SECRETS__KEY", KEY)])
}

fn environment(pairs: &[(&str, &str)]) -> Sources {
    Sources::new().environment(own(pairs))
}

fn own(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect()
}

#[test]
fn later_sources_win_and_what_is_unset_has_its_default() {
    let config = Config::from_sources(
        minimal()
            .text("[server]\nlisten = \"127.0.0.1:4000\"\n[delivery]\nhold = \"7s\"\n[jobs]\nenabled = false")
            .environment(own(&[
                ("LOTLINE__DELIVERY__RECONCILE_AFTER", "1s,2s"),
                ("LOTLINE__SERVER__LISTEN", "127.0.0.1:5000"),
                ("DATABASE_URL", "postgres://desk:hunter2@db/desk"),
                ("PORT", "6000"),
                ("HOME", "/nowhere"),
            ])),
    )
    .unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:6000");
    assert_eq!(config.delivery.hold, Duration::from_secs(7));
    assert_eq!(config.delivery.reconcile_after.len(), 2);
    assert_eq!(config.delivery.stale_after, Duration::from_mins(10));
    assert!(!config.jobs_enabled && !config.auth.open_signup);
    assert_eq!(config.database.url, "postgres://desk:hunter2@db/desk");
}

/// A secret on a screen share or in a log is a stolen account.
#[test]
fn no_print_shows_a_secret() {
    let config = Config::from_sources(minimal().environment(own(&[
        ("DATABASE_URL", "postgres://desk:hunter2@db/desk"),
        ("LOTLINE__AUTH__PREVIOUS_SECRET", "canary-previous-0123456789abcdef01234567"),
    ])))
    .unwrap();
    for print in [format!("{config:?}"), config.effective().to_string()] {
        for secret in ["canary", "hunter2", "00112233"] {
            assert!(!print.contains(secret), "{secret} is in: {print}");
        }
    }
    let print = config.effective().to_string();
    assert!(print.contains("secret = \"[redacted]\"  # environment"), "{print}");
    assert!(print.contains("hold = \"5s\"  # default"), "{print}");
}

#[test]
fn every_problem_is_reported_at_once_with_what_to_do() {
    let text = "
        colour = 1
        [server]
        listen = 3001
        public_url = \"http://desk.example.com\"
        adress = \"x\"
        [twilio]
        api_base = \"http://carrier.example.com\"
        [conversation]
        burst_window = \"20s\"
        [delivery]
        hold = \"1 minute\"
        reconcile_after = [\"90s\", \"30s\"]
        [log]
        format = \"xml\"
        [nonsense]
        x = true
    ";
    let sources = environment(&[
        ("LOTLINE__AUTH__SECRET", "short"),
        ("LOTLINE__SECRETS__KEY", KEY),
        ("LOTLINE__MEDIA__ALLOW_HOSTS", "https://a.example.com/x"),
        ("DATABASE_URL", "mysql://x"),
    ]);
    let problems = Config::from_sources(sources.text(text)).unwrap_err();
    let expected = "\
auth.secret: must have 32 characters or more; `lotlined init` makes one
colour: is not a setting; remove it
conversation.burst_max: must not be shorter than conversation.burst_window
database.url: must be sqlite:FILE or postgres://…
delivery.hold: must be a time like 500ms, 2s, 10m, 1h or 30d
delivery.reconcile_after: must list one or more times, each longer than the one before
log.format: must be human or json
media.allow_hosts: must list host names, with a port where it is not the usual one, and nothing else
nonsense.x: is not a setting; remove it
server.adress: is not a setting; [server] has cors_origins, linger, listen, public_url, trusted_proxies
server.listen: must be an address and port like 127.0.0.1:3001
server.public_url: must start with https://; plain http is for loopback only
twilio.api_base: must start with https://; plain http is for loopback only";
    assert_eq!(problems.to_string(), expected);
}

/// A desk that no webhook reaches and that never looks hears nobody; one that looks seldom answers late.
#[test]
fn without_a_public_url_the_list_is_read_often() {
    let with = |text: &str| Config::from_sources(minimal().text(text));
    let every = |text: &str| with(text).unwrap().twilio.list_every;
    assert_eq!(every(""), Some(Duration::from_secs(10)));
    assert_eq!(every("[server]\npublic_url = \"https://desk.example.com\""), Some(Duration::from_mins(5)));
    assert_eq!(every("[twilio]\nlist_every = \"60s\""), Some(Duration::from_secs(60)));
    for seldom in ["off", "61s", "5m"] {
        let said = with(&format!("[twilio]\nlist_every = \"{seldom}\"")).unwrap_err().to_string();
        assert!(said.starts_with("twilio.list_every: must be 60s or less"), "{seldom}: {said}");
    }
}

/// A desk on a database without a file would forget everybody when it stops.
#[test]
fn a_database_has_a_file() {
    for (url, good) in [
        ("sqlite:lotline.db", true),
        ("sqlite:///var/lib/lotline/lotline.db?mode=rwc", true),
        ("sqlite:", false),
        ("sqlite://", false),
        ("sqlite:?mode=rwc", false),
        ("sqlite::memory:", false),
    ] {
        let config = Config::from_sources(environment(&[
            ("LOTLINE__AUTH__SECRET", SECRET),
            ("LOTLINE__SECRETS__KEY", KEY),
            ("DATABASE_URL", url),
        ]));
        let said = config.err().map(|problems| problems.to_string()).unwrap_or_default();
        assert_eq!(said.contains("database.url: names no file"), !good, "{url}: {said}");
    }
}

#[test]
fn missing_and_readable_secrets_are_named() {
    let problems = Config::from_sources(Sources::new().text("[log]\nformat = \"xml\"")).unwrap_err();
    let keys: Vec<_> = problems.0.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["auth.secret", "log.format", "secrets.key"]);

    let folder = std::env::temp_dir().join(format!("lotline-config-{}", uuid::Uuid::now_v7()));
    fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        fs::write(folder.join(name), text).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    write("secret", SECRET, 0o644);
    write(
        "lotline.toml",
        &format!(
            "[auth]\nsecret_file = \"secret\"\nprevious_secret = \"{SECRET}\"\n[secrets]\nkey_file = \"absent\""
        ),
        0o644,
    );
    let file = folder.join("lotline.toml");
    let problems = Config::from_sources(Sources::new().file(&file)).unwrap_err().to_string();
    assert!(problems.contains("auth.secret_file: others can read"), "{problems}");
    assert!(problems.contains("auth.previous_secret: the settings file holds it"), "{problems}");
    assert!(problems.contains("secrets.key_file: "), "{problems}");
    assert!(!problems.contains("canary"));

    write("secret", SECRET, 0o600);
    write("absent", KEY, 0o600);
    write("lotline.toml", "[auth]\nsecret_file = \"secret\"\n[secrets]\nkey_file = \"absent\"", 0o644);
    assert!(Config::from_sources(Sources::new().file(&file)).is_ok());
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_broken_file_does_not_print_its_line() {
    let problems =
        Config::from_sources(minimal().text("[auth]\nsecret = canary!\n")).unwrap_err().to_string();
    assert!(problems.contains("line 2"), "{problems}");
    assert!(!problems.contains("canary"), "{problems}");
}

/// The example is what people copy: it must be whole and true.
#[test]
fn the_example_shows_every_key_with_its_default() {
    let example = include_str!("../../../config/lotline.example.toml");
    let given =
        example.replace("secret_file = \"lotline.secret\"", "").replace("key_file = \"lotline.key\"", "");
    let shown = Config::from_sources(minimal().text(&given)).unwrap();
    let default = Config::from_sources(minimal()).unwrap();
    let lines = |config: &Config| {
        let text = config.effective().to_string().replace("# file", "# default");
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&shown), lines(&default));
    for line in lines(&default) {
        let key = line.split(' ').next().unwrap_or_default();
        assert!(example.contains(key), "{key} is not in the example");
    }
}
