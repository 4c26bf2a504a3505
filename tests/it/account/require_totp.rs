//! An organization that asks everybody for a second factor.

use lotline_common::api::auth::Role;
use reqwest::Method;
use serde_json::json;

use crate::support::{
    caller::PASSWORD,
    db::Fresh,
    house::{House, goes_dark, listen},
};

both_engines!(
    a_member_without_one_may_set_one_up_and_nothing_else,
    a_key_waits_for_its_makers_second_factor,
    it_is_asked_for_where_it_is_required_only,
);

async fn a_member_without_one_may_set_one_up_and_nothing_else(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (eli, _) = house.member(&at_dana, "eli@example.com", Role::Agent).await;
    let demand = json!({"require_totp": true});
    let first = dana.patch("/api/v1/organization", demand.clone()).await;
    assert_eq!(first.problem(), (409, "totp_first".to_owned()), "who demands it would be shut out");
    house.phone(&dana).await;
    let stream = listen(&eli).await;
    assert_eq!(dana.patch("/api/v1/organization", demand).await.json()["require_totp"], true);
    goes_dark(stream).await;
    assert_eq!(dana.get("/api/v1/leads").await.status, 200);

    let shut = (403, "totp_setup_required".to_owned());
    let session = house.stranger.log_in("eli@example.com", PASSWORD).await.session();
    assert!(session.totp_setup_required);
    let eli = house.stranger.with(&session.access_token);
    let body = json!({});
    for (method, path, body) in [
        (Method::GET, "/api/v1/leads", None),
        (Method::GET, "/api/v1/events", None),
        (Method::GET, "/api/v1/members", None),
        (Method::GET, "/api/v1/me/sessions", None),
        (Method::POST, "/api/v1/me/password", Some(&body)),
        (Method::POST, "/api/v1/leads", Some(&body)),
    ] {
        assert_eq!(eli.call(method, path, body).await.problem(), shut, "{path}");
    }
    assert_eq!(eli.get("/api/v1/me").await.json()["totp"], false);
    house.phone(&eli).await;
    assert_eq!(eli.get("/api/v1/leads").await.status, 200);
    let renewed = house.stranger.refresh(&session.refresh_token.unwrap()).await.session();
    assert!(!renewed.totp_setup_required);
    house.stop().await;
}

/// A key made the day before would get past the rule that everybody has a second factor.
async fn a_key_waits_for_its_makers_second_factor(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (max, _) = house.member(&at_dana, "max@example.com", Role::Admin).await;
    let made = max.post("/api/v1/api-keys", json!({"name": "CRM", "role": "viewer"})).await.json();
    let key = house.stranger.with(made["key"].as_str().unwrap());
    let stream = listen(&key).await;
    house.phone(&dana).await;
    assert_eq!(dana.patch("/api/v1/organization", json!({"require_totp": true})).await.status, 200);
    goes_dark(stream).await;
    let shut = (403, "totp_setup_required".to_owned());
    for path in ["/api/v1/leads", "/api/v1/events"] {
        assert_eq!(key.get(path).await.problem(), shut, "{path}");
    }
    house.phone(&max).await;
    assert_eq!(key.get("/api/v1/leads").await.status, 200);
    house.stop().await;
}

async fn it_is_asked_for_where_it_is_required_only(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (_, at_fay) = house.stranger.found("fay@example.com", "Fay Autos").await;
    house.phone(&dana).await;
    let made = dana.post("/api/v1/api-keys", json!({"name": "CRM", "role": "viewer"})).await.json();
    assert_eq!(dana.patch("/api/v1/organization", json!({"require_totp": true})).await.status, 200);
    let (eli, session) = house.member(&at_fay, "eli@example.com", Role::Agent).await;
    assert!(!session.totp_setup_required);
    house.member(&at_dana, "eli@example.com", Role::Agent).await;
    assert_eq!(eli.get("/api/v1/leads").await.status, 200, "there nobody asks");
    let to = json!({"organization_id": at_dana.organization.id});
    let switched = eli.post("/api/v1/auth/switch", to).await.session();
    assert!(switched.totp_setup_required);
    let here = house.stranger.with(&switched.access_token);
    assert_eq!(here.get("/api/v1/leads").await.problem().1, "totp_setup_required");
    let back = json!({"organization_id": at_fay.organization.id});
    let back = here.post("/api/v1/auth/switch", back).await.session();
    assert_eq!(house.stranger.with(&back.access_token).get("/api/v1/leads").await.status, 200);
    let key = house.stranger.with(made["key"].as_str().unwrap());
    assert_eq!(key.get("/api/v1/leads").await.status, 200, "its maker has a second factor");
    house.stop().await;
}
