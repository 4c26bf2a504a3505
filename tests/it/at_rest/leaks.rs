//! Canaries: what must not be in a log, an error or the files of the database is looked for in all of them.

use std::fs;

use lotline_sim::Text;
use reqwest::Method;
use serde_json::json;

use crate::support::{
    caller::{Caller, PASSWORD},
    desk::PATIENCE,
    eventually,
    killable::{Desk, OWN, TOKEN},
};

const CUSTOMER: &str = "+13035550142";
const WORDS: &str = "CANARY-OF-THE-THREAD";
const VAULTED: &str = "CANARY-OF-THE-VAULT";
const WRONG: &str = "CANARY-OF-A-PASSWORD";
const SECRET: &str = "CANARY-OF-A-CREDENTIAL";

/// Calls that must fail, each with canaries in it; the answers' bodies.
async fn refusals(desk: &Desk, admin: &Caller, lead: &str) -> Vec<String> {
    let stranger = Caller::at(&desk.base);
    let path = format!("/api/v1/leads/{lead}");
    let calls = [
        stranger.log_in("dana@example.com", WRONG).await,
        stranger.log_in("nobody@example.com", WRONG).await,
        stranger.refresh(SECRET).await,
        stranger.with(SECRET).get("/api/v1/me").await,
        admin
            .put("/api/v1/carrier", json!({"provider": "twilio", "account_sid": "AC1", "auth_token": SECRET}))
            .await,
        admin
            .put("/api/v1/carrier", json!({"provider": SECRET, "account_sid": "AC1", "auth_token": SECRET}))
            .await,
        admin.put("/api/v1/agent-profile", json!({"provider": "elevenlabs", "api_key": SECRET})).await,
        admin.post("/api/v1/me/password", json!({"current_password": WRONG, "new_password": WRONG})).await,
        admin.put(&format!("{path}/application"), json!({"fields": {"monthly_income": VAULTED}})).await,
        admin.put(&format!("{path}/application"), json!({"fields": {VAULTED: "1"}})).await,
        admin.post(&format!("{path}/messages"), json!({"body": WORDS, "client_id": WORDS})).await,
        admin.post("/api/v1/leads", json!({"phone": WORDS, "name": WORDS})).await,
        admin.call(Method::PATCH, &path, Some(&json!({"name": WORDS, "role": SECRET}))).await,
    ];
    calls
        .into_iter()
        .map(|answer| {
            assert!(answer.status.is_client_error(), "{answer:?}");
            answer.text
        })
        .collect()
}

/// Lost: whoever reads the log or steals the disk has the carrier's account, the customers and their incomes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_no_error_and_no_file_gives_a_secret_away() {
    let (mut desk, admin) = Desk::open(7).await;
    let text = Text::new(CUSTOMER, OWN, format!("Hi. {WORDS}"));
    assert!(desk.vendors.remote.text(text).await.unwrap().is_taken());
    let found = admin.get(&format!("/api/v1/leads?q={}", CUSTOMER.trim_start_matches('+'))).await.json();
    let lead = found["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/leads/{lead}");
    eventually(PATIENCE, || async {
        admin.get(&format!("{path}/timeline")).await.text.contains(r#""state":"delivered""#)
    })
    .await;
    let vault = json!({"fields": {"employer": VAULTED, "address": VAULTED}});
    assert_eq!(admin.put(&format!("{path}/application"), vault).await.status, 200);
    assert!(admin.get(&format!("{path}/application")).await.text.contains(VAULTED));
    let again = Caller::at(&desk.base).log_in("dana@example.com", PASSWORD).await.session();
    for body in refusals(&desk, &admin, &lead).await {
        for canary in [WORDS, VAULTED, WRONG, SECRET, CUSTOMER] {
            assert!(!body.contains(canary), "{canary} in {body}");
        }
    }
    // Killed, so that the log of the database stays as it is.
    desk.kill();
    let file = desk.url().trim_start_matches("sqlite:").to_owned();
    let refresh = again.refresh_token.unwrap();
    for end in ["", "-wal"] {
        let bytes = fs::read(format!("{file}{end}")).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(end.is_empty() || holds(WORDS), "the search finds what is there");
        for canary in [TOKEN, "xi-test-key", VAULTED, WRONG, SECRET, PASSWORD, &refresh, &again.access_token]
        {
            assert!(!holds(canary), "{canary} in the database{end}");
        }
    }
    let log = desk.log();
    assert!(log.contains("starting"), "the log is one: {log}");
    for canary in
        [TOKEN, "xi-test-key", WORDS, VAULTED, WRONG, SECRET, PASSWORD, &refresh, &again.access_token]
    {
        assert!(!log.contains(canary), "{canary} in the log");
    }
    assert!(!log.contains(CUSTOMER), "a customer's number in the log");
    desk.remove().await;
}
