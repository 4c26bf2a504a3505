//! Sessions: sign-in, refresh, theft, sign-out, switch, passwords.

use std::time::Duration;

use lotline_common::api::auth::Role;
use lotlined::{
    action::{
        add_user::{self, Person},
        by_system, disable_user, set_password,
    },
    app::App,
    db::Scope,
    store,
};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    caller::{Answer, Caller, PASSWORD},
    daemon::{Daemon, beside},
    db::Fresh,
    eventually,
};

both_engines!(
    strangers_learn_nothing_from_a_refusal,
    guessing_is_slowed_down_for_that_account_alone,
    a_stolen_refresh_token_ends_its_family,
    signing_out_ends_the_session_at_once,
    a_person_switches_between_their_organizations_only,
    a_new_password_ends_the_other_sessions,
    what_a_command_revokes_is_refused_within_five_seconds,
    a_token_counts_in_its_header_only,
);

const REVOKED_WITHIN: Duration = Duration::from_secs(5);

async fn strangers_learn_nothing_from_a_refusal(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    stranger.found("dana@example.com", "Dana Motors").await;
    let wrong = stranger.log_in("dana@example.com", "wrong horse battery").await;
    let unknown = stranger.log_in("nobody@example.com", "wrong horse battery").await;
    let no_address = stranger.log_in("nobody", "wrong horse battery").await;
    assert_eq!(wrong.problem(), (401, "invalid_credentials".to_owned()));
    assert_eq!([&wrong.text, &wrong.text], [&unknown.text, &no_address.text]);
    let right = stranger.log_in(" Dana@Example.com", PASSWORD).await.session();
    assert_eq!(stranger.with(&right.access_token).get("/api/v1/me").await.status, 200);
    daemon.stop().await;
}

async fn guessing_is_slowed_down_for_that_account_alone(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    stranger.found("dana@example.com", "Dana Motors").await;
    stranger.found("eli@example.com", "Eli Cars").await;
    let mut refused = Vec::new();
    for _ in 0..20 {
        let answer = stranger.log_in("dana@example.com", "wrong horse battery").await;
        if answer.status == 429 {
            refused.push(answer);
        }
    }
    assert_eq!(refused.len(), 10);
    assert!(refused.iter().all(|answer| answer.retry_after.is_some_and(|wait| (1..=30).contains(&wait))));
    assert_eq!(
        stranger.log_in("dana@example.com", PASSWORD).await.status,
        429,
        "even the right one has to wait"
    );
    for _ in 0..15 {
        assert_eq!(stranger.log_in("eli@example.com", PASSWORD).await.status, 200);
    }
    daemon.stop().await;
}

async fn a_stolen_refresh_token_ends_its_family(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    let (_, first) = stranger.found("dana@example.com", "Dana Motors").await;
    let stolen = first.refresh_token.unwrap();
    let second = stranger.refresh(&stolen).await.session();
    let third = stranger.refresh(second.refresh_token.as_deref().unwrap()).await.session();
    let dana = stranger.with(&third.access_token);
    assert_eq!(dana.get("/api/v1/me").await.status, 200);

    assert_eq!(stranger.refresh(&stolen).await.status, 401);
    assert_eq!(dana.get("/api/v1/me").await.problem(), (401, "unauthorized".to_owned()));
    let last = third.refresh_token.unwrap();
    assert_eq!(stranger.refresh(&last).await.status, 401, "the thief's and the owner's alike");
    assert_eq!(stranger.refresh("nonsense").await.status, 401);

    let app = beside(db).await;
    let mut tx = app.db.read(Scope::System).await.unwrap();
    let alerts: Vec<(String,)> =
        tx.query("SELECT detail FROM events WHERE kind = 'security.alert'").all().await.unwrap();
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].0.contains("refresh_token_reused"));
    drop(tx);
    app.close().await;
    daemon.stop().await;
}

async fn signing_out_ends_the_session_at_once(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, session) = stranger.found("dana@example.com", "Dana Motors").await;
    let other = stranger.log_in("dana@example.com", PASSWORD).await.session();
    assert_eq!(dana.get("/api/v1/me").await.status, 200);
    assert_eq!(dana.call(Method::POST, "/api/v1/auth/logout", None).await.status, 204);
    assert_eq!(dana.get("/api/v1/me").await.status, 401);
    assert_eq!(stranger.refresh(&session.refresh_token.unwrap()).await.status, 401);
    assert_eq!(stranger.with(&other.access_token).get("/api/v1/me").await.status, 200);
    daemon.stop().await;
}

async fn add(app: &App, slug: &str, email: &str, role: Role) {
    let mut tx = app.db.read(Scope::System).await.unwrap();
    let organization = store::organization::find_by_slug(&mut tx, slug).await.unwrap();
    drop(tx);
    let person =
        Person { email: email.to_owned(), name: "Eli Example".to_owned(), password: Some(PASSWORD.into()) };
    add_user::run(app, organization.key, person, role, by_system()).await.unwrap();
}

async fn switch(caller: &Caller, organization: impl serde::Serialize) -> Answer {
    caller.post("/api/v1/auth/switch", json!({"organization_id": organization})).await
}

async fn a_person_switches_between_their_organizations_only(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let app = beside(db).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, at_dana) = stranger.found("dana@example.com", "Dana Motors").await;
    let (_, at_eli) = stranger.found("eli@example.com", "Eli Cars").await;
    let (dana_org, eli_org) = (at_dana.organization.id, at_eli.organization.id);
    assert_eq!(switch(&dana, eli_org).await.status, 404);
    assert_eq!(switch(&dana, uuid::Uuid::now_v7()).await.status, 404);

    add(&app, "eli-cars", "dana@example.com", Role::Viewer).await;
    let switched = switch(&dana, eli_org).await.session();
    assert_eq!((switched.organization.id, switched.role), (eli_org, Role::Viewer));
    assert!(switched.refresh_token.is_none());
    let dana_there = stranger.with(&switched.access_token);
    assert_eq!(dana_there.get("/api/v1/organization").await.json()["slug"], "eli-cars");
    assert_eq!(dana.get("/api/v1/organization").await.json()["slug"], "dana-motors");
    let renewed = stranger.refresh(&at_dana.refresh_token.unwrap()).await.session();
    assert_eq!(renewed.organization.id, eli_org, "a refresh goes on where the person is");

    let there = json!({"email": "dana@example.com", "password": PASSWORD, "organization_id": eli_org});
    assert_eq!(stranger.post("/api/v1/auth/login", there).await.session().organization.id, eli_org);
    let nowhere = json!({"email": "eli@example.com", "password": PASSWORD, "organization_id": dana_org});
    assert_eq!(stranger.post("/api/v1/auth/login", nowhere).await.status, 404);
    app.close().await;
    daemon.stop().await;
}

async fn a_new_password_ends_the_other_sessions(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, _) = stranger.found("dana@example.com", "Dana Motors").await;
    let other = stranger.log_in("dana@example.com", PASSWORD).await.session();
    let other_caller = stranger.with(&other.access_token);
    let change = |current: &str, new: &str| {
        let body = json!({"current_password": current, "new_password": new});
        let dana = dana.clone();
        async move { dana.post("/api/v1/me/password", body).await }
    };
    assert_eq!(change("wrong horse battery", "another horse battery").await.status, 401);
    assert_eq!(change(PASSWORD, "short").await.json()["field"], "new_password");
    assert_eq!(change(PASSWORD, "another horse battery").await.status, 204);
    assert_eq!(dana.get("/api/v1/me").await.status, 200);
    assert_eq!(other_caller.get("/api/v1/me").await.status, 401);
    assert_eq!(stranger.refresh(&other.refresh_token.unwrap()).await.status, 401);
    assert_eq!(stranger.log_in("dana@example.com", PASSWORD).await.status, 401);
    assert_eq!(stranger.log_in("dana@example.com", "another horse battery").await.status, 200);
    daemon.stop().await;
}

/// The fired salesman's console must go dark although another process said so.
async fn what_a_command_revokes_is_refused_within_five_seconds(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let app = beside(db).await;
    let stranger = Caller::stranger(&daemon);
    stranger.found("dana@example.com", "Dana Motors").await;
    let mut callers = Vec::new();
    for email in ["dana@example.com", "eli@example.com", "zoe@example.com"] {
        if !email.starts_with("dana") {
            add(&app, "dana-motors", email, Role::Admin).await;
        }
        let session = stranger.log_in(email, PASSWORD).await.session();
        let caller = stranger.with(&session.access_token);
        assert_eq!(caller.put("/api/v1/carrier", json!({})).await.status, 400, "it gets as far as the body");
        callers.push(caller);
    }
    let [dana, eli, zoe] = &callers[..] else { panic!("three of them") };

    set_password::run(&app, "dana@example.com", "a third horse battery".into()).await.unwrap();
    add(&app, "dana-motors", "eli@example.com", Role::Viewer).await;
    disable_user::run(&app, "zoe@example.com", by_system()).await.unwrap();
    tokio::join!(
        eventually(REVOKED_WITHIN, || async { dana.get("/api/v1/me").await.status == 401 }),
        eventually(REVOKED_WITHIN, || async { eli.put("/api/v1/carrier", json!({})).await.status == 403 }),
        eventually(REVOKED_WITHIN, || async { zoe.get("/api/v1/me").await.status == 401 }),
    );
    assert_eq!(stranger.log_in("zoe@example.com", PASSWORD).await.problem().1, "invalid_credentials");
    app.close().await;
    daemon.stop().await;
}

async fn a_token_counts_in_its_header_only(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, session) = stranger.found("dana@example.com", "Dana Motors").await;
    let (token, me) = (session.access_token, "/api/v1/me");
    assert_eq!(dana.get(me).await.status, 200);
    let with = |value: String| stranger.request(Method::GET, me).header("authorization", value);
    let wrong = [
        stranger.request(Method::GET, me),
        stranger.request(Method::GET, me).header("cookie", format!("access_token={token}")),
        with(format!("Basic {token}")),
        with(token.clone()),
        with(format!("Bearer  {token}")),
        with(format!("Bearer {token}")).header("authorization", format!("Bearer {token}")),
        with(format!("Bearer {}", session.refresh_token.unwrap())),
        with("Bearer ".to_owned()),
    ];
    for request in wrong {
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert_eq!(answer.problem(), (401, "unauthorized".to_owned()));
    }
    let in_the_address = stranger.get(&format!("{me}?access_token={token}")).await;
    assert_eq!(in_the_address.problem(), (400, "invalid_field".to_owned()), "addresses stand in logs");
    let lower_case = with(format!("bearer {token}")).send().await.unwrap();
    assert_eq!(lower_case.status(), 200);
    daemon.stop().await;
}
