//! Members: roles that change, people who leave, and the admin who stays.

use lotline_common::api::auth::{Role, Session};
use lotlined::{
    action::{
        add_user::{self, Person},
        by_system, disable_user, enable_user,
    },
    db::Scope,
    store,
};
use serde_json::json;

use crate::support::{
    caller::{Caller, PASSWORD},
    db::Fresh,
    house::{House, goes_dark, listen},
};

both_engines!(
    the_last_admin_stays,
    two_admins_cannot_remove_each_other_at_once,
    a_disabled_member_goes_dark_here_and_nowhere_else,
    whom_the_installation_shut_out_no_organization_lets_in,
    a_removed_member_is_gone_but_not_what_they_said,
    nobody_raises_themselves,
    an_organization_is_changed_by_its_admins,
    who_has_a_second_factor_is_told_to_those_who_look_after_the_team,
);

fn path(of: &Session) -> String {
    format!("/api/v1/members/{}", of.user.id)
}

async fn the_last_admin_stays(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let own = path(&at_dana);
    let last = (409, "last_admin".to_owned());
    assert_eq!(dana.patch(&own, json!({"role": "manager"})).await.problem(), last);
    assert_eq!(dana.patch(&own, json!({"disabled": true})).await.problem(), last);
    assert_eq!(dana.delete(&own).await.problem(), last);
    assert_eq!(dana.patch(&own, json!({"role": "admin"})).await.status, 200, "nothing is to be changed");

    // A disabled admin cannot let anybody in either.
    let (_, at_max) = house.member(&at_dana, "max@example.com", Role::Admin).await;
    assert_eq!(dana.patch(&path(&at_max), json!({"disabled": true})).await.status, 200);
    assert_eq!(dana.delete(&own).await.problem(), last);
    let app = house.app();
    let mut tx = app.db.read(Scope::System).await.unwrap();
    let org = store::organization::find_by_slug(&mut tx, "dana-motors").await.unwrap().key;
    drop(tx);
    let person = Person { email: "dana@example.com".to_owned(), name: "Dana".to_owned(), password: None };
    let demoted = add_user::run(app, org, person, Role::Viewer, by_system()).await;
    assert!(demoted.is_err_and(|error| error.to_string() == "last_admin"), "nor at the command line");

    assert_eq!(dana.patch(&path(&at_max), json!({"disabled": false})).await.status, 200);
    assert_eq!(dana.patch(&own, json!({"role": "agent"})).await.json()["role"], "agent");
    assert_eq!(dana.patch(&own, json!({"role": "admin"})).await.status, 403);
    house.stop().await;
}

async fn two_admins_cannot_remove_each_other_at_once(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (max, at_max) = house.member(&at_dana, "max@example.com", Role::Admin).await;
    let (of_dana, of_max) = (path(&at_dana), path(&at_max));
    tokio::join!(dana.delete(&of_max), max.patch(&of_dana, json!({"role": "viewer"})), max.delete(&of_max));
    let admins = "SELECT COUNT(*) FROM memberships WHERE role = 'admin' AND disabled_at IS NULL";
    assert_eq!(house.count(admins).await, 1);
    house.stop().await;
}

/// The dismissed salesperson reads no customer's text after five seconds, and keeps their other job.
async fn a_disabled_member_goes_dark_here_and_nowhere_else(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (_, at_fay) = house.stranger.found("fay@example.com", "Fay Autos").await;
    let (eli, session) = house.member(&at_dana, "eli@example.com", Role::Agent).await;
    let (eli_at_fay, _) = house.member(&at_fay, "eli@example.com", Role::Viewer).await;
    let stream = listen(&eli).await;
    assert_eq!(dana.patch(&path(&session), json!({"disabled": true})).await.json()["disabled"], true);
    goes_dark(stream).await;
    assert_eq!(eli.get("/api/v1/me").await.status, 401);
    let refresh = session.refresh_token.clone().unwrap();
    assert_eq!(house.stranger.refresh(&refresh).await.status, 401);
    assert_eq!(eli_at_fay.get("/api/v1/leads").await.status, 200);
    let switch = json!({"organization_id": at_dana.organization.id});
    assert_eq!(eli_at_fay.post("/api/v1/auth/switch", switch.clone()).await.status, 404);
    let elsewhere = house.stranger.log_in("eli@example.com", PASSWORD).await.session();
    assert_eq!(elsewhere.organization.id, at_fay.organization.id);
    let listed = dana.get("/api/v1/members").await.json();
    let of_eli =
        listed["items"].as_array().unwrap().iter().find(|m| m["email"] == "eli@example.com").unwrap();
    assert_eq!((&of_eli["disabled"], &of_eli["role"]), (&json!(true), &json!("agent")));

    assert_eq!(dana.patch(&path(&session), json!({"disabled": false})).await.status, 200);
    assert_eq!(eli.get("/api/v1/me").await.status, 401, "what has ended does not begin again");
    let again = eli_at_fay.post("/api/v1/auth/switch", switch).await.session();
    assert_eq!((again.role, again.organization.id), (Role::Agent, at_dana.organization.id));
    house.stop().await;
}

/// An admin would read that somebody works again who cannot sign in, and the log would say so for ever.
async fn whom_the_installation_shut_out_no_organization_lets_in(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (_, session) = house.member(&at_dana, "eli@example.com", Role::Agent).await;
    let (eli, app) = (path(&session), house.app());
    disable_user::run(app, "eli@example.com", by_system()).await.unwrap();
    let refused = dana.patch(&eli, json!({"disabled": false})).await;
    assert_eq!(refused.problem(), (409, "account_disabled".to_owned()));
    let raised = dana.patch(&eli, json!({"role": "manager"})).await.json();
    assert_eq!((&raised["role"], &raised["disabled"]), (&json!("manager"), &json!(true)));

    assert!(enable_user::run(app, "eli@example.com", by_system()).await.unwrap());
    assert!(
        !enable_user::run(app, "eli@example.com", by_system()).await.unwrap(),
        "there is nothing to undo"
    );
    house.stranger.log_in("eli@example.com", PASSWORD).await.session();
    assert_eq!(dana.patch(&eli, json!({"disabled": false})).await.json()["disabled"], false);
    let told = dana.get("/api/v1/audit").await.json();
    let told: Vec<&str> =
        told["items"].as_array().unwrap().iter().map(|l| l["action"].as_str().unwrap()).collect();
    let count = |action: &str| told.iter().filter(|told| **told == action).count();
    assert_eq!((count("member.person_disabled"), count("member.person_enabled")), (1, 1));
    assert_eq!((count("member.deactivated"), count("member.reactivated")), (0, 0), "{told:?}");

    // The organization's own door is its own, whatever the installation's is.
    disable_user::run(app, "eli@example.com", by_system()).await.unwrap();
    assert_eq!(dana.patch(&eli, json!({"disabled": true})).await.status, 200);
    enable_user::run(app, "eli@example.com", by_system()).await.unwrap();
    let nowhere = house.stranger.log_in("eli@example.com", PASSWORD).await;
    assert_eq!(nowhere.problem(), (403, "no_membership".to_owned()));
    house.stop().await;
}

async fn a_removed_member_is_gone_but_not_what_they_said(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (eli, session) = house.member(&at_dana, "eli@example.com", Role::Agent).await;
    let lead = eli.post("/api/v1/leads", json!({"phone": "+13035550101"})).await.json();
    let lead = format!("/api/v1/leads/{}", lead["id"].as_str().unwrap());
    assert_eq!(eli.post(&format!("{lead}/notes"), json!({"text": "Wants red"})).await.status, 201);
    let stream = listen(&eli).await;
    assert_eq!(dana.delete(&path(&session)).await.status, 204);
    goes_dark(stream).await;
    assert_eq!(eli.get("/api/v1/me").await.status, 401);
    let nowhere = house.stranger.log_in("eli@example.com", PASSWORD).await;
    assert_eq!(nowhere.problem(), (403, "no_membership".to_owned()));
    assert_eq!(dana.get("/api/v1/members").await.json()["items"].as_array().unwrap().len(), 1);
    let thread = dana.get(&format!("{lead}/timeline")).await.json();
    assert_eq!(thread["items"][0]["author"]["name"], "Eli Example", "{thread}");
    house.stop().await;
}

async fn nobody_raises_themselves(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (fay, at_fay) = house.stranger.found("fay@example.com", "Fay Autos").await;
    for role in [Role::Manager, Role::Agent, Role::Viewer] {
        let (caller, session) = house.member(&at_dana, &format!("{role}@example.com"), role).await;
        for wish in [json!({"role": "admin"}), json!({"disabled": false})] {
            assert_eq!(caller.patch(&path(&session), wish).await.status, 403, "{role}");
        }
        assert_eq!(caller.delete(&path(&at_dana)).await.status, 403, "{role}");
    }
    let refused =
        |caller: Caller, path: String| async move { caller.patch(&path, json!({"role": "viewer"})).await };
    let foreign = refused(fay.clone(), path(&at_dana)).await;
    let absent = refused(fay, format!("/api/v1/members/{}", uuid::Uuid::now_v7())).await;
    assert_eq!((foreign.status.as_u16(), &foreign.text), (404, &absent.text));
    assert_eq!(dana.delete(&path(&at_fay)).await.text, absent.text);
    for (field, body) in [
        ("role", json!({"role": "owner"})),
        ("disabled", json!({"disabled": "yes"})),
        ("organization_id", json!({"organization_id": at_fay.organization.id})),
        ("user_id", json!({"role": "agent", "user_id": at_fay.user.id})),
    ] {
        let answer = dana.patch(&path(&at_dana), body).await;
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
    house.stop().await;
}

async fn an_organization_is_changed_by_its_admins(db: &Fresh) {
    let house = House::open(db).await;
    let organization = "/api/v1/organization";
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let wish = json!({"name": " Dana & Daughters ", "time_zone": "America/Denver", "address_state": "co"});
    assert_eq!(dana.patch(organization, wish).await.status, 200);
    let now = dana.get(organization).await.json();
    assert_eq!(now["name"], "Dana & Daughters");
    assert_eq!((&now["time_zone"], &now["address_state"]), (&json!("America/Denver"), &json!("CO")));
    assert_eq!(now["slug"], "dana-motors", "links to it go on working");
    let cleared = dana.patch(organization, json!({"address_state": null})).await.json();
    assert_eq!((&cleared["address_state"], &cleared["name"]), (&json!(null), &now["name"]));
    for (field, value) in [
        ("name", json!("a\u{1b}[2J")),
        ("time_zone", json!("Mars/Olympus")),
        ("address_state", json!("XX")),
        ("require_totp", json!("yes")),
        ("slug", json!("other")),
        ("id", json!(at_dana.organization.id)),
    ] {
        let mut body = json!({});
        body[field] = value;
        let answer = dana.patch(organization, body).await;
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
    house.stop().await;
}

/// Lost: an admin cannot see who has to be reminded, or an agent sees whose account one password opens.
async fn who_has_a_second_factor_is_told_to_those_who_look_after_the_team(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (max, _) = house.member(&at_dana, "max@example.com", Role::Manager).await;
    let (eli, _) = house.member(&at_dana, "eli@example.com", Role::Agent).await;
    house.phone(&eli).await;
    for (caller, told) in [(&dana, Some(true)), (&max, Some(true)), (&eli, None)] {
        let members = caller.get("/api/v1/members").await.json();
        let of_eli =
            members["items"].as_array().unwrap().iter().find(|one| one["email"] == "eli@example.com");
        assert_eq!(of_eli.unwrap()["totp"].as_bool(), told, "{members}");
    }
    house.stop().await;
}
