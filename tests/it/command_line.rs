//! The real program, as an operator runs it: init, organizations, serve, doctor, and the exit codes scripts rely on.

use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};

use serde_json::{Value, json};

use crate::support::{
    db::Fresh,
    eventually,
    program::{Running, code, free_port, lotlined, run, text},
};

const PASSWORD: &str = "correct horse battery";

fn init(folder: &Path, listen: &str) {
    let output = run(folder, &["init", "--non-interactive", "--listen", listen], None);
    assert_eq!(code(&output), 0, "{}", text(&output));
}

async fn log_in(base: &str, email: &str) -> Option<Value> {
    let body = json!({"email": email, "password": PASSWORD});
    let request = reqwest::Client::new().post(format!("{base}/api/v1/auth/login")).json(&body);
    let answer = request.send().await.ok().filter(|answer| answer.status() == 200)?;
    answer.json().await.ok()
}

/// From nothing to a signed-in admin, with commands beside the running daemon.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_is_set_up_from_nothing() {
    let db = Fresh::sqlite();
    let folder = db.folder.as_path();
    let listen = format!("127.0.0.1:{}", free_port());
    let base = format!("http://{listen}");
    init(folder, &listen);
    for file in ["lotline.toml", "lotline.secret", "lotline.key"] {
        let mode = std::fs::metadata(folder.join(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
    }
    let before = std::fs::read(folder.join("lotline.key")).unwrap();
    assert_eq!(code(&run(folder, &["init", "--non-interactive"], None)), 1);
    assert_eq!(std::fs::read(folder.join("lotline.key")).unwrap(), before, "a key is never overwritten");

    assert_eq!(code(&run(folder, &["migrate", "--check"], None)), 1);
    assert_eq!(code(&run(folder, &["migrate"], None)), 0);
    assert_eq!(code(&run(folder, &["migrate", "--check"], None)), 0);
    let mut check = lotlined(folder, &["migrate", "--check"]);
    let owner_is_known =
        check.env("LOTLINE_ADMIN_URL", "postgres://owner@127.0.0.1/lotline").output().unwrap();
    assert_eq!(code(&owner_is_known), 0, "{}", text(&owner_is_known));
    let create = [
        "org",
        "create",
        "--name",
        "Dana Motors",
        "--admin-email",
        "dana@example.com",
        "--admin-password-stdin",
        "--json",
    ];
    let created = run(folder, &create, Some("correct horse battery\n"));
    assert_eq!(code(&created), 0, "{}", text(&created));
    let created: Value = serde_json::from_slice(&created.stdout).unwrap();
    assert_eq!(created["organization"]["slug"], "dana-motors");
    assert_eq!(code(&run(folder, &create, Some("correct horse battery\n"))), 1, "the slug is taken");

    let log = folder.join("log");
    let file = std::fs::File::create(&log).unwrap();
    let serve = lotlined(folder, &["serve"]).stderr(file).spawn().unwrap();
    let running = Running(serve);
    eventually(Duration::from_secs(20), || async { log_in(&base, "dana@example.com").await.is_some() }).await;
    let session = log_in(&base, "dana@example.com").await.unwrap();
    assert_eq!(session["organization"]["id"], created["organization"]["id"]);
    assert_eq!(session["role"], "admin");

    assert_eq!(code(&run(folder, &["serve"], None)), 3, "the file has its daemon");
    let other = Fresh::sqlite();
    init(&other.folder, &listen);
    assert_eq!(code(&run(&other.folder, &["serve"], None)), 1, "the address is in use");
    let other_port = lotlined(folder, &["serve"]).env("PORT", free_port().to_string()).output().unwrap();
    assert_eq!(code(&other_port), 3, "{}", text(&other_port));

    let add = ["user", "add", "eli@example.com", "--role", "viewer", "--password-stdin"];
    assert_eq!(code(&run(folder, &add, Some(PASSWORD))), 0);
    assert_eq!(log_in(&base, "eli@example.com").await.unwrap()["role"], "viewer");
    assert_eq!(code(&run(folder, &["user", "disable", "eli@example.com"], None)), 0);
    assert!(log_in(&base, "eli@example.com").await.is_none());
    let passwd = ["user", "passwd", "eli@example.com", "--password-stdin"];
    let set = run(folder, &passwd, Some(PASSWORD));
    assert!(code(&set) == 0 && text(&set).contains("still shut out"), "{}", text(&set));
    let enable = ["user", "enable", "eli@example.com"];
    assert!(text(&run(folder, &enable, None)).contains("may sign in again"));
    assert!(text(&run(folder, &enable, None)).contains("was not shut out"));
    eventually(Duration::from_secs(5), || async { log_in(&base, "eli@example.com").await.is_some() }).await;
    the_operator_looks_after_people(folder, &base).await;
    drop(running);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("starting") && !log.contains('\u{1b}'), "colours are for terminals: {log}");
    db.remove().await;
}

/// Invites, sessions and lost phones, beside the running daemon.
async fn the_operator_looks_after_people(folder: &Path, base: &str) {
    let invite = ["invite", "create", "fay@example.com", "--role", "manager", "--json"];
    let made = run(folder, &invite, None);
    assert_eq!(code(&made), 0, "{}", text(&made));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(code(&run(folder, &invite, None)), 1, "there is one already");
    let listed = run(folder, &["invite", "list"], None);
    assert!(text(&listed).contains("fay@example.com  manager"), "{}", text(&listed));
    let body = json!({"email": "fay@example.com", "password": PASSWORD, "name": "Fay Example",
        "invite_token": made["token"]});
    let joined = reqwest::Client::new().post(format!("{base}/api/v1/auth/signup")).json(&body).send().await;
    assert_eq!(joined.unwrap().status(), 201);

    let shown = run(folder, &["user", "sessions", "fay@example.com", "--json"], None);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let session = shown[0]["id"].as_str().unwrap();
    assert_eq!(shown[0]["address"], "127.0.0.1");
    let revoke = ["user", "revoke", "fay@example.com", "--session", session];
    assert_eq!(code(&run(folder, &revoke, None)), 0);
    assert_eq!(code(&run(folder, &revoke, None)), 1, "it has ended");
    assert_eq!(code(&run(folder, &["user", "revoke", "fay@example.com"], None)), 0);
    assert_eq!(code(&run(folder, &["user", "totp-reset", "fay@example.com"], None)), 0);
    assert_eq!(code(&run(folder, &["user", "totp-reset", "nobody@example.com"], None)), 1);
}

#[tokio::test]
async fn wrong_use_and_wrong_settings_are_told_apart_by_exit_code() {
    let db = Fresh::sqlite();
    let folder = db.folder.as_path();
    assert_eq!(code(&run(folder, &["serve"], None)), 2, "no secret, no start");
    assert_eq!(code(&run(folder, &["no-such-command"], None)), 2);
    init(folder, "127.0.0.1:0");
    let good = run(folder, &["check-config"], None);
    assert_eq!(code(&good), 0);
    let secret = std::fs::read_to_string(folder.join("lotline.secret")).unwrap();
    assert!(text(&good).contains("hold = \"5s\"  # default"), "{}", text(&good));
    assert!(!text(&good).contains(secret.trim()));

    let wrong = lotlined(folder, &["check-config"])
        .env("LOTLINE__DELIVERY__HOLD", "1h")
        .env("LOTLINE__SERVER__PUBLIC_URL", "http://desk.example.com")
        .env("LOTLINE__SERVER__LISTN", "x")
        .output()
        .unwrap();
    assert_eq!(code(&wrong), 2);
    for key in ["delivery.hold", "server.public_url", "server.listn"] {
        assert!(text(&wrong).contains(key), "{}", text(&wrong));
    }
    let nobody = run(folder, &["number", "add", "+13035550101"], None);
    assert_eq!(code(&nobody), 2, "{}", text(&nobody));
    db.remove().await;
}

#[tokio::test]
async fn a_doctor_says_what_is_missing_and_tells_no_secret() {
    let db = Fresh::sqlite();
    let folder = db.folder.as_path();
    init(folder, "127.0.0.1:0");
    let create = [
        "org",
        "create",
        "--name",
        "Dana Motors",
        "--admin-email",
        "dana@example.com",
        "--admin-password-stdin",
    ];
    assert_eq!(code(&run(folder, &create, Some(PASSWORD))), 0);
    let fine = run(folder, &["doctor"], None);
    assert_eq!(code(&fine), 0, "{}", text(&fine));
    assert!(text(&fine).contains("warn  public URL"), "{}", text(&fine));
    assert_eq!(code(&run(folder, &["number", "add", "+13035550101"], None)), 0);
    let broken = run(folder, &["doctor", "--json"], None);
    assert_eq!(code(&broken), 1);
    let findings: Value = serde_json::from_slice(&broken.stdout).unwrap();
    let failed: Vec<&Value> =
        findings.as_array().unwrap().iter().filter(|f| f["verdict"] == "fail").collect();
    assert_eq!(failed.len(), 1, "{findings}");
    assert!(failed[0]["advice"].as_str().unwrap().contains("carrier set"));

    let sid = format!("AC{}", "0a".repeat(16));
    let set = run(folder, &["carrier", "set", "--account-sid", &sid], Some("canary-token\n"));
    assert_eq!(code(&set), 0, "{}", text(&set));
    // Nobody listens there: the carrier is away.
    let away = lotlined(folder, &["doctor"])
        .env("LOTLINE__TWILIO__API_BASE", format!("http://127.0.0.1:{}", free_port()))
        .output()
        .unwrap();
    assert_eq!(code(&away), 1);
    assert!(text(&away).contains("the carrier was not reached"), "{}", text(&away));
    assert!(!text(&away).contains("canary"));
    std::fs::write(folder.join("lotline.key"), "77".repeat(32)).unwrap();
    let other_key = run(folder, &["doctor"], None);
    assert_eq!(code(&other_key), 1);
    assert!(text(&other_key).contains("does not open with secrets.key_file"), "{}", text(&other_key));
    db.remove().await;
}
