//! Who may found an organization, and that nobody slips into one.

use serde_json::json;

use crate::support::{
    caller::{Caller, PASSWORD},
    daemon::{Daemon, settings},
    db::Fresh,
};

both_engines!(
    the_first_sign_up_wins_and_closes_the_door,
    a_taken_name_joins_nobody,
    what_is_malformed_is_named,
);

/// Two strangers who both became the first admin would each own the other's installation.
async fn the_first_sign_up_wins_and_closes_the_door(db: &Fresh) {
    let daemon = Daemon::start_with(settings(&db.url, "")).await;
    let stranger = Caller::stranger(&daemon);
    let (one, two, three) = tokio::join!(
        stranger.sign_up("dana@example.com", "Dana Motors"),
        stranger.sign_up("eli@example.com", "Eli Cars"),
        stranger.sign_up("fay@example.com", "Fay Autos"),
    );
    let mut statuses = [&one, &two, &three].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403, 403]);
    let late = stranger.sign_up("gus@example.com", "Gus Trucks").await;
    assert_eq!(late.problem(), (403, "signup_closed".to_owned()));
    let winner = [one, two, three].into_iter().find(|answer| answer.status == 201).unwrap().session();
    assert_eq!(
        (winner.role.as_str(), winner.expires_in, winner.token_type.as_str()),
        ("admin", 900, "Bearer")
    );
    assert_eq!(winner.memberships.len(), 1);
    daemon.stop().await;
}

async fn a_taken_name_joins_nobody(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    let (_, dana) = stranger.found("dana@example.com", "Dana's Motors").await;
    assert_eq!(dana.organization.slug, "danas-motors");
    let again = stranger.sign_up("eli@example.com", "DANAS  Motors!").await;
    assert_eq!(again.problem(), (409, "slug_taken".to_owned()));
    assert_eq!(stranger.log_in("eli@example.com", PASSWORD).await.status, 401, "no account was left behind");
    let same_address = stranger.sign_up(" DANA@example.com ", "Other Cars").await;
    assert_eq!(same_address.problem(), (409, "email_taken".to_owned()));
    let (_, eli) = stranger.found("eli@example.com", "Eli Cars").await;
    assert_ne!(eli.organization.id, dana.organization.id);
    daemon.stop().await;
}

async fn what_is_malformed_is_named(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    let good = json!({"email": "dana@example.com", "password": PASSWORD, "name": "Dana",
        "organization": {"name": "Dana Motors"}});
    let cases = [
        ("/email", json!("dana"), "email"),
        ("/password", json!("short"), "password"),
        ("/password", json!("dana@example.com"), "password"),
        ("/name", json!("\u{1b}[31m"), "name"),
        ("/organization/name", json!(""), "organization.name"),
        ("/organization", json!({"name": "Dana", "slug": "Not A Slug"}), "organization.slug"),
        ("/organization", json!({"name": "Dana", "time_zone": "Mars/Olympus"}), "organization.time_zone"),
        ("/organization", json!({"name": "Dana", "id": 1}), "organization.id"),
        ("/organization", json!({"name": 5}), "organization.name"),
    ];
    for (place, value, field) in cases {
        let mut body = good.clone();
        *body.pointer_mut(place).unwrap() = value;
        let answer = stranger.post("/api/v1/auth/signup", body).await;
        assert_eq!(answer.problem(), (400, "invalid_field".to_owned()), "{field}");
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
    assert_eq!(
        stranger.post("/api/v1/auth/signup", good).await.status,
        201,
        "the failures left nothing behind"
    );
    daemon.stop().await;
}
