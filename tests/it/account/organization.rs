//! An organization's numbers and credentials: nobody else's, and secrets are never told again.

use reqwest::Method;
use serde_json::json;

use crate::support::{
    caller::Caller,
    daemon::{Daemon, beside},
    db::Fresh,
};

both_engines!(
    a_number_belongs_to_one_organization,
    a_number_changes_what_is_named_and_nothing_else,
    credentials_are_written_and_never_told,
    an_agent_always_discloses_itself,
);

async fn a_number_belongs_to_one_organization(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, _) = stranger.found("dana@example.com", "Dana Motors").await;
    let (eli, _) = stranger.found("eli@example.com", "Eli Cars").await;
    let numbers = "/api/v1/phone-numbers";
    let body = json!({"phone_number": "+13035550101", "label": "Sales"});
    let added = dana.post(numbers, body.clone()).await;
    assert_eq!(added.status, 201);
    let id = added.json()["id"].as_str().unwrap().to_owned();
    assert_eq!((&added.json()["sms"], &added.json()["voice_mode"]), (&json!(true), &json!("ring_team")));

    for caller in [&dana, &eli] {
        let again = caller.post(numbers, body.clone()).await;
        assert_eq!(again.problem(), (409, "number_taken".to_owned()));
        assert!(!again.text.contains("Dana"), "whose it is, is nobody's business");
    }
    assert_eq!(eli.get(numbers).await.json()["items"], json!([]));
    let foreign = eli.call(Method::DELETE, &format!("{numbers}/{id}"), None).await;
    let absent = eli.call(Method::DELETE, &format!("{numbers}/{}", uuid::Uuid::now_v7()), None).await;
    assert_eq!((foreign.status.as_u16(), &foreign.text), (404, &absent.text));
    assert_eq!(dana.get(numbers).await.json()["items"][0]["id"], json!(id));

    assert_eq!(dana.call(Method::DELETE, &format!("{numbers}/{id}"), None).await.status, 204);
    assert_eq!(eli.post(numbers, body).await.status, 201, "a freed number can be taken");
    for wrong in ["3035550101", "+1 303 555 0101", "", "client:dana"] {
        let answer = dana.post(numbers, json!({"phone_number": wrong})).await;
        assert_eq!(answer.json()["field"], "phone_number", "{}", answer.text);
    }
    daemon.stop().await;
}

/// Whoever renames a number must not switch its texts off by that.
async fn a_number_changes_what_is_named_and_nothing_else(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let (dana, _) = Caller::stranger(&daemon).found("dana@example.com", "Dana Motors").await;
    let numbers = "/api/v1/phone-numbers";
    let body = json!({"phone_number": "+13035550101", "label": "Sales", "voice_mode": "voicemail"});
    let mut number = dana.post(numbers, body).await.json();
    let path = format!("{numbers}/{}", number["id"].as_str().unwrap());
    for (field, value) in [("label", json!("Service")), ("sms", json!(false)), ("label", json!(null))] {
        let changed = dana.patch(&path, json!({field: value})).await;
        number[field] = value;
        assert_eq!((changed.status.as_u16(), &changed.json()), (200, &number));
        assert_eq!(dana.get(numbers).await.json()["items"], json!([number]));
    }
    for (field, value) in
        [("label", json!("a\u{202e}b")), ("sms", json!("no")), ("phone_number", json!("+1"))]
    {
        let answer = dana.patch(&path, json!({field: value})).await;
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
    assert_eq!(dana.get(numbers).await.json()["items"], json!([number]));
    let told = dana.get("/api/v1/audit?action=number.changed").await.json();
    assert_eq!(told["items"].as_array().unwrap().len(), 3);
    daemon.stop().await;
}

async fn credentials_are_written_and_never_told(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, _) = stranger.found("dana@example.com", "Dana Motors").await;
    let (eli, _) = stranger.found("eli@example.com", "Eli Cars").await;
    let account = format!("AC{}", "0a".repeat(16));
    let carrier = json!({"provider": "twilio", "account_sid": account, "auth_token": "canary-token-one",
        "auth_token_secondary": "canary-token-two", "api_key_sid": format!("SK{}", "0b".repeat(16)),
        "api_key_secret": "canary-key-secret"});
    let agent = json!({"provider": "elevenlabs", "agent_id": "agent_1", "api_key": "canary-agent-key",
        "persona": "Riley"});
    let answers = [
        dana.put("/api/v1/carrier", carrier.clone()).await,
        dana.get("/api/v1/carrier").await,
        dana.put("/api/v1/agent-profile", agent).await,
        dana.get("/api/v1/agent-profile").await,
    ];
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(!answer.text.contains("canary"), "{}", answer.text);
    }
    assert_eq!(answers[1].json()["has_secondary_token"], true);
    assert_eq!(eli.get("/api/v1/carrier").await.status, 404);
    assert_eq!(eli.get("/api/v1/agent-profile").await.status, 404);

    for (field, value) in [
        ("account_sid", json!("AC1")),
        ("auth_token", json!("")),
        ("auth_token", json!("two words")),
        ("api_key_sid", json!("AC")),
        ("api_key_secret", json!(null)),
    ] {
        let mut wrong = carrier.clone();
        wrong[field] = value;
        let answer = dana.put("/api/v1/carrier", wrong).await;
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
        assert!(!answer.text.contains("canary"));
    }
    daemon.stop().await;
    assert_no_canary(db).await;
}

/// A copied disk must not carry a working credential.
async fn assert_no_canary(db: &Fresh) {
    if db.is_sqlite() {
        for file in std::fs::read_dir(&db.folder).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(6).any(|part| part == b"canary"));
        }
    }
    let app = beside(db).await;
    let mut tx = app.db.read(lotlined::db::Scope::System).await.unwrap();
    let sealed = lotlined::store::carrier_account::all_live(&mut tx).await.unwrap();
    assert_eq!(sealed.len(), 1);
    assert!(!sealed[0].auth_token.windows(6).any(|part| part == b"canary"));
    drop(tx);
    app.close().await;
}

async fn an_agent_always_discloses_itself(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let (dana, _) = Caller::stranger(&daemon).found("dana@example.com", "Dana Motors").await;
    let mut agent =
        json!({"provider": "elevenlabs", "agent_id": "agent_1", "api_key": "key", "persona": "Riley"});
    let shown = dana.put("/api/v1/agent-profile", agent.clone()).await.json();
    assert_eq!(shown["disclosure"], "This is Riley, Dana Motors's AI assistant.");
    agent["disclosure"] = json!("  ");
    assert_eq!(dana.put("/api/v1/agent-profile", agent.clone()).await.json()["field"], "disclosure");
    agent["disclosure"] = json!("Riley here, an AI at Dana Motors.");
    dana.put("/api/v1/agent-profile", agent).await;
    let now = dana.get("/api/v1/agent-profile").await.json();
    assert_eq!(now["disclosure"], "Riley here, an AI at Dana Motors.");
    daemon.stop().await;
}
