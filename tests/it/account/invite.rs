//! Joining an organization: by invite and in no other way.

use std::time::Duration;

use lotline_common::api::auth::{Role, Session};
use serde_json::{Value, json};

use crate::support::{
    caller::{Answer, Caller, PASSWORD},
    daemon::{Daemon, settings},
    db::Fresh,
    house::House,
};

both_engines!(
    an_invited_person_joins_once_in_the_role_they_were_given,
    what_is_wrong_with_an_invite_is_told_to_whom_it_is_for,
    one_invite_lets_one_person_in,
    whoever_has_an_account_joins_with_it,
    managers_invite_those_who_talk_to_customers,
    what_is_malformed_is_named,
    an_invite_works_where_sign_up_is_closed,
);

const INVITES: &str = "/api/v1/invites";

async fn invite(by: &Caller, email: &str, role: &str) -> Value {
    let made = by.post(INVITES, json!({"email": email, "role": role})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

async fn join(stranger: &Caller, email: &str, token: &Value) -> Answer {
    let body = json!({"email": email, "password": PASSWORD, "name": "Eli Example", "invite_token": token});
    stranger.post("/api/v1/auth/signup", body).await
}

async fn show(stranger: &Caller, token: &Value) -> Answer {
    stranger.post("/api/v1/auth/invites/show", json!({"invite_token": token})).await
}

async fn accept(stranger: &Caller, email: &str, token: &Value) -> Answer {
    let body = json!({"email": email, "password": PASSWORD, "invite_token": token});
    stranger.post("/api/v1/auth/invites/accept", body).await
}

async fn an_invited_person_joins_once_in_the_role_they_were_given(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let made = invite(&dana, " Eli@Example.com", "manager").await;
    let token = &made["token"];
    assert_eq!(made["email"], "eli@example.com");
    assert!(made["link"].is_null(), "{made}");
    assert!(made["link_missing"].as_str().unwrap().contains("server.public_url"), "nobody says why");
    let shown = show(&house.stranger, token).await;
    assert_eq!(
        (&shown.json()["organization"], &shown.json()["role"]),
        (&json!("Dana Motors"), &json!("manager"))
    );
    assert!(!shown.text.contains("eli@"), "a finder does not learn for whom it is");
    let open = dana.get(INVITES).await;
    assert_eq!(open.json()["items"][0]["id"], made["id"]);
    assert!(!open.text.contains(token.as_str().unwrap()), "told once");
    let stored = house.count("SELECT COUNT(*) FROM invites WHERE length(hash) = 32").await;
    assert_eq!(stored, 1, "of the token there is a hash and nothing else");

    let eli = join(&house.stranger, "eli@example.com", token).await;
    assert_eq!(eli.status, 201, "{}", eli.text);
    let eli = eli.session();
    assert_eq!((eli.role, eli.organization.id), (Role::Manager, at_dana.organization.id));
    assert_eq!(eli.memberships.len(), 1);
    assert_eq!(dana.get(INVITES).await.json()["items"], json!([]));
    let again = join(&house.stranger, "eli@example.com", token).await;
    assert_eq!(again.problem(), (403, "invite_used".to_owned()));
    let members = dana.get("/api/v1/members").await.json();
    assert_eq!(members["items"].as_array().unwrap().len(), 2);
    house.stop().await;
}

/// Whoever is invited must learn what to do when it does not work; a finder of a stray link, not for whom it is.
async fn what_is_wrong_with_an_invite_is_told_to_whom_it_is_for(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (max, at_max) = house.member(&at_dana, "max@example.com", Role::Admin).await;
    let of_max = invite(&max, "gus@example.com", "admin").await;
    let withdrawn = invite(&dana, "fay@example.com", "agent").await;
    let id = withdrawn["id"].as_str().unwrap();
    assert_eq!(dana.delete(&format!("{INVITES}/{id}")).await.status, 204);
    assert_eq!(dana.delete(&format!("{INVITES}/{id}")).await.status, 404, "it is gone");
    let good = invite(&dana, "eli@example.com", "agent").await;
    let late = json!({"email": "ida@example.com", "role": "agent", "expires_in_days": 1});
    let late = dana.post(INVITES, late).await.json();
    // Whoever may not invite an admin any more has invited none.
    let demoted = json!({"role": "manager"});
    assert_eq!(dana.patch(&format!("/api/v1/members/{}", at_max.user.id), demoted).await.status, 200);
    house.pass(Duration::from_hours(25));

    let garbled = json!(format!("{}A", good["token"].as_str().unwrap()));
    let mut unknown = Vec::new();
    for (email, token, code) in [
        ("fay@example.com", &withdrawn["token"], "invite_revoked"),
        ("gus@example.com", &of_max["token"], "invite_revoked"),
        ("ida@example.com", &late["token"], "invite_expired"),
        ("mallory@example.com", &good["token"], "invite_invalid"),
        ("mallory@example.com", &late["token"], "invite_invalid"),
        ("dana@example.com", &good["token"], "invite_invalid"),
        ("eli@example.com", &json!("bm90IGEgdG9rZW4"), "invite_invalid"),
        ("eli@example.com", &json!(""), "invite_invalid"),
        ("eli@example.com", &garbled, "invite_invalid"),
    ] {
        let answer = join(&house.stranger, email, token).await;
        assert_eq!(answer.problem(), (403, code.to_owned()), "{email}");
        if code == "invite_invalid" {
            unknown.push(answer.text);
        } else {
            assert_eq!(show(&house.stranger, token).await.problem(), (403, code.to_owned()), "{email}");
        }
    }
    unknown.dedup();
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    assert_eq!(house.count("SELECT COUNT(*) FROM users").await, 2, "nobody was left behind");
    assert_eq!(join(&house.stranger, "eli@example.com", &good["token"]).await.status, 201);
    house.stop().await;
}

async fn one_invite_lets_one_person_in(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    // The same person, with an account, on four devices at once.
    let (_, at_eli) = house.stranger.found("eli@example.com", "Eli Cars").await;
    assert_ne!(at_eli.organization.id, at_dana.organization.id);
    let made = invite(&dana, "eli@example.com", "agent").await;
    let (stranger, token) = (&house.stranger, &made["token"]);
    let tries = tokio::join!(
        accept(stranger, "eli@example.com", token),
        accept(stranger, "eli@example.com", token),
        accept(stranger, "eli@example.com", token),
        accept(stranger, "eli@example.com", token),
    );
    let mut statuses = [tries.0, tries.1, tries.2, tries.3].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403, 403, 403]);
    house.stop().await;
}

async fn whoever_has_an_account_joins_with_it(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    house.stranger.found("eli@example.com", "Eli Cars").await;
    let made = invite(&dana, "eli@example.com", "viewer").await;
    let token = &made["token"];
    let as_new = join(&house.stranger, "eli@example.com", token).await;
    assert_eq!(as_new.problem(), (409, "email_taken".to_owned()), "the invite is not used up by that");
    let body = json!({"email": "eli@example.com", "password": "wrong horse battery", "invite_token": token});
    let wrong = house.stranger.post("/api/v1/auth/invites/accept", body).await;
    assert_eq!(wrong.problem(), (401, "invalid_credentials".to_owned()));
    let other = accept(&house.stranger, "dana@example.com", token).await;
    assert_eq!(other.problem(), (403, "invite_invalid".to_owned()), "it is for Eli");

    let joined: Session = accept(&house.stranger, "eli@example.com", token).await.session();
    assert_eq!((joined.role, joined.organization.id), (Role::Viewer, at_dana.organization.id));
    assert_eq!(joined.memberships.len(), 2);
    let member = format!("/api/v1/members/{}", joined.user.id);
    assert_eq!(dana.delete(&member).await.status, 204);
    assert_eq!(dana.delete(&member).await.status, 404);
    let back = invite(&dana, "eli@example.com", "agent").await;
    let back = accept(&house.stranger, "eli@example.com", &back["token"]).await.session();
    assert_eq!(back.role, Role::Agent, "a removed member comes back by a new invite");
    house.stop().await;
}

async fn managers_invite_those_who_talk_to_customers(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (fay, _) = house.stranger.found("fay@example.com", "Fay Autos").await;
    let (max, _) = house.member(&at_dana, "max@example.com", Role::Manager).await;
    for (role, status) in [("admin", 403), ("manager", 403), ("agent", 201), ("viewer", 201)] {
        let asked = json!({"email": format!("{role}@example.com"), "role": role});
        assert_eq!(max.post(INVITES, asked).await.status, status, "{role}");
    }
    let of_admin = invite(&dana, "admin@example.com", "admin").await;
    let path = format!("{INVITES}/{}", of_admin["id"].as_str().unwrap());
    assert_eq!(max.delete(&path).await.status, 403);
    let (foreign, absent) =
        (fay.delete(&path).await, fay.delete(&format!("{INVITES}/{}", uuid::Uuid::now_v7())).await);
    assert_eq!((foreign.status.as_u16(), foreign.text), (404, absent.text));
    assert_eq!(fay.get(INVITES).await.json()["items"], json!([]));
    assert_eq!(dana.delete(&path).await.status, 204);

    let twice = dana.post(INVITES, json!({"email": "agent@example.com", "role": "agent"})).await;
    assert_eq!(twice.problem(), (409, "invite_exists".to_owned()));
    let member = dana.post(INVITES, json!({"email": "MAX@example.com", "role": "agent"})).await;
    assert_eq!(member.problem(), (409, "already_member".to_owned()));
    house.stop().await;
}

async fn what_is_malformed_is_named(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    for (field, value) in [
        ("email", json!("eli")),
        ("email", json!("a\u{1b}[31m@example.com")),
        ("role", json!("owner")),
        ("role", json!(null)),
        ("expires_in_days", json!(0)),
        ("expires_in_days", json!(31)),
        ("expires_in_days", json!(-1)),
        ("organization_id", json!(at_dana.organization.id)),
        ("invited_by", json!(at_dana.user.id)),
    ] {
        let mut body = json!({"email": "eli@example.com", "role": "agent"});
        body[field] = value;
        let answer = dana.post(INVITES, body).await;
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
    assert_eq!(dana.delete(&format!("{INVITES}/1")).await.problem(), (400, "invalid_field".to_owned()));
    let person = json!({"email": "eli@example.com", "password": PASSWORD, "name": "Eli"});
    let neither = house.stranger.post("/api/v1/auth/signup", person.clone()).await;
    assert_eq!(neither.json()["field"], "organization");
    let mut both = person;
    both["organization"] = json!({"name": "Eli Cars"});
    both["invite_token"] = json!("x");
    let both = house.stranger.post("/api/v1/auth/signup", both).await;
    assert_eq!(both.json()["field"], "invite_token");
    house.stop().await;
}

async fn an_invite_works_where_sign_up_is_closed(db: &Fresh) {
    let daemon = Daemon::start_with(settings(&db.url, "")).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, _) = stranger.found("dana@example.com", "Dana Motors").await;
    assert_eq!(stranger.sign_up("eli@example.com", "Eli Cars").await.problem().1, "signup_closed");
    let made = invite(&dana, "eli@example.com", "agent").await;
    assert_eq!(join(&stranger, "eli@example.com", &made["token"]).await.status, 201);
    daemon.stop().await;
}
