//! API keys: what another program may do for a member, and for how long.

use std::time::Duration;

use lotline_common::api::auth::Role;
use lotlined::{db::Scope, store};
use serde_json::{Value, json};

use crate::support::{
    caller::Caller,
    daemon::beside,
    db::Fresh,
    eventually,
    house::{House, REVOKED_WITHIN, goes_dark, listen},
};

both_engines!(
    a_key_is_told_once_and_works_as_a_token,
    a_key_is_no_person,
    a_revoked_key_goes_dark,
    a_key_never_has_more_than_its_maker,
    a_narrowed_key_is_told_what_it_lacks,
    a_key_expires,
    what_is_no_key_is_refused,
    what_is_malformed_is_named,
);

const KEYS: &str = "/api/v1/api-keys";

async fn make(by: &Caller, role: &str) -> Value {
    let made = by.post(KEYS, json!({"name": "CRM", "role": role})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

fn holder(house: &House, made: &Value) -> Caller {
    house.stranger.with(made["key"].as_str().unwrap())
}

async fn a_key_is_told_once_and_works_as_a_token(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let made = make(&dana, "agent").await;
    let (key, text) = (holder(&house, &made), made["key"].as_str().unwrap());
    assert!(text.starts_with("lk_"));
    let listed = dana.get(KEYS).await;
    assert!(!listed.text.contains(text));
    assert_eq!(listed.json()["items"][0]["last_used_at"], json!(null));
    let lead = key.post("/api/v1/leads", json!({"phone": "+13035550101", "name": "Sam"})).await;
    assert_eq!(lead.status, 201, "{}", lead.text);
    let used = || async { dana.get(KEYS).await.json()["items"][0]["last_used_at"].is_string() };
    eventually(REVOKED_WITHIN, used).await;
    let mut stream = listen(&key).await;
    assert!(stream.frame().await.is_some());
    let seen = dana.get("/api/v1/leads").await.json();
    assert_eq!(seen["items"].as_array().unwrap().len(), 1, "in {}", at_dana.organization.name);
    let (hash, id): (Vec<u8>, uuid::Uuid) = {
        let mut tx = house.app().db.read(Scope::System).await.unwrap();
        tx.query("SELECT hash, id FROM api_keys").one().await.unwrap()
    };
    assert_eq!((hash.len(), json!(id)), (32, made["id"].clone()), "of the key there is a hash");
    house.stop().await;
}

/// Whoever finds a key in a script must not become its maker.
async fn a_key_is_no_person(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let key = holder(&house, &make(&dana, "admin").await);
    let person = (403, "person_required".to_owned());
    assert_eq!(key.get("/api/v1/me").await.problem(), person);
    assert_eq!(key.get("/api/v1/me/sessions").await.problem(), person);
    assert_eq!(key.delete("/api/v1/me/sessions").await.problem(), person);
    let more = json!({"name": "Another", "role": "viewer"});
    assert_eq!(key.post(KEYS, more).await.problem(), person, "or it would never expire");
    assert_eq!(key.get(KEYS).await.status, 200);
    house.stop().await;
}

async fn a_revoked_key_goes_dark(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (fay, _) = house.stranger.found("fay@example.com", "Fay Autos").await;
    let (made, other) = (make(&dana, "viewer").await, make(&dana, "viewer").await);
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    let absent = fay.delete(&format!("{KEYS}/{}", uuid::Uuid::now_v7())).await;
    assert_eq!((absent.status.as_u16(), &fay.delete(&path).await.text), (404, &absent.text));
    let key = holder(&house, &made);
    let stream = listen(&key).await;
    assert_eq!(dana.delete(&path).await.status, 204);
    goes_dark(stream).await;
    assert_eq!(key.get("/api/v1/leads").await.problem(), (401, "unauthorized".to_owned()));
    assert_eq!(dana.delete(&path).await.status, 404);
    assert_eq!(dana.get(KEYS).await.json()["items"].as_array().unwrap().len(), 1);

    // Another process revokes the other one.
    let (key, stream) = (holder(&house, &other), listen(&holder(&house, &other)).await);
    let app = beside(db).await;
    let mut tx = app.db.read(Scope::System).await.unwrap();
    let org = store::organization::find_by_slug(&mut tx, &at_dana.organization.slug).await.unwrap().key;
    drop(tx);
    let id = serde_json::from_value(other["id"].clone()).unwrap();
    let now = app.clock.now();
    let revoked = app.db.write(Scope::Org(org), move |tx| {
        Box::pin(async move { store::api_key::revoke(tx, org, id, now).await })
    });
    revoked.await.unwrap();
    goes_dark(stream).await;
    assert_eq!(key.get("/api/v1/leads").await.status, 401);
    app.close().await;
    house.stop().await;
}

async fn a_key_never_has_more_than_its_maker(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (max, at_max) = house.member(&at_dana, "max@example.com", Role::Admin).await;
    let key = holder(&house, &make(&max, "admin").await);
    assert_eq!(key.get("/api/v1/invites").await.status, 200);
    let path = format!("/api/v1/members/{}", at_max.user.id);
    assert_eq!(dana.patch(&path, json!({"role": "agent"})).await.status, 200);
    assert_eq!(key.get("/api/v1/invites").await.status, 403);
    assert_eq!(key.get("/api/v1/leads").await.status, 200);
    assert_eq!(dana.patch(&path, json!({"disabled": true})).await.status, 200);
    assert_eq!(key.get("/api/v1/leads").await.status, 401);
    assert_eq!(dana.patch(&path, json!({"disabled": false, "role": "admin"})).await.status, 200);
    assert_eq!(key.get("/api/v1/leads").await.status, 401, "it ended with the membership");
    house.stop().await;
}

/// Whoever runs the program must see which scope to ask for, and its maker what they gave.
async fn a_narrowed_key_is_told_what_it_lacks(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let asked = json!({"name": "Reports", "role": "agent",
        "scopes": ["leads:read", "audit:read", "leads:read"]});
    let made = dana.post(KEYS, asked).await.json();
    let (key, scopes) = (holder(&house, &made), json!(["leads:read", "audit:read"]));
    assert_eq!((&made["scopes"], &dana.get(KEYS).await.json()["items"][0]["scopes"]), (&scopes, &scopes));
    assert_eq!(key.get("/api/v1/leads").await.status, 200);
    let refused = key.post("/api/v1/leads", json!({"phone": "+13035550101"})).await;
    assert_eq!(refused.problem(), (403, "scope_missing".to_owned()));
    assert!(refused.json()["title"].as_str().unwrap().contains("leads:write"), "{}", refused.text);
    assert_eq!(key.get("/api/v1/events").await.problem().1, "scope_missing");
    let above = key.get("/api/v1/audit").await;
    assert_eq!(above.problem(), (403, "forbidden".to_owned()), "a scope gives no more than the role");
    let head = key.call(reqwest::Method::HEAD, "/api/v1/carrier", None).await;
    assert_eq!(head.status, 403, "another method is no way around it");
    let told =
        "SELECT COUNT(*) FROM audit_log WHERE action = 'api_key.created' AND detail LIKE '%leads:read%'";
    assert_eq!(house.count(told).await, 1);
    house.stop().await;
}

async fn a_key_expires(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let asked = json!({"name": "CRM", "role": "viewer", "expires_in_days": 1});
    let made = dana.post(KEYS, asked).await.json();
    let key = holder(&house, &made);
    house.pass(Duration::from_hours(24) - Duration::from_secs(1));
    assert_eq!(key.get("/api/v1/leads").await.status, 200);
    house.pass(Duration::from_secs(1));
    assert_eq!(key.get("/api/v1/leads").await.status, 401);
    house.stop().await;
}

async fn what_is_no_key_is_refused(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let made = make(&dana, "viewer").await;
    let text = made["key"].as_str().unwrap();
    // The right id with another secret.
    let other = make(&dana, "admin").await;
    let mixed = format!("{}{}", &text[..25], &other["key"].as_str().unwrap()[25..]);
    let short = &text[..text.len() - 1];
    for wrong in [&mixed, short, &format!("{text}A"), "lk_", &text[3..], &text.to_uppercase()] {
        let answer = house.stranger.with(wrong).get("/api/v1/leads").await;
        assert_eq!(answer.problem(), (401, "unauthorized".to_owned()), "{wrong}");
    }
    let id = made["id"].clone();
    assert!(
        dana.get(KEYS).await.json()["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|key| { key["id"] == id && key["last_used_at"] == json!(null) })
    );
    let refreshed = house.stranger.refresh(text).await;
    assert_eq!(refreshed.status, 401, "nor is it a refresh token of {}", at_dana.user.email);
    house.stop().await;
}

async fn what_is_malformed_is_named(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("a\u{202e}b")),
        ("role", json!("root")),
        ("scopes", json!([])),
        ("scopes", json!("leads:read")),
        ("expires_in_days", json!(0)),
        ("expires_in_days", json!(367)),
        ("made_by", json!(at_dana.user.id)),
        ("organization_id", json!(at_dana.organization.id)),
    ] {
        let mut body = json!({"name": "CRM", "role": "viewer"});
        body[field] = value;
        let answer = dana.post(KEYS, body).await;
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
    let unknown = json!({"name": "CRM", "role": "viewer", "scopes": ["leads:read", "everything"]});
    assert_eq!(dana.post(KEYS, unknown).await.json()["field"], "scopes[1]");
    assert_eq!(dana.delete(&format!("{KEYS}/lk_1")).await.status, 400);
    house.stop().await;
}
