//! Where somebody is signed in, and ending that from elsewhere.

use serde_json::{Value, json};

use crate::support::{
    caller::{Answer, PASSWORD},
    db::Fresh,
    house::{House, goes_dark, listen},
};

both_engines!(
    a_person_sees_where_they_are_signed_in,
    a_person_ends_their_own_sessions_and_nobody_elses,
    a_new_password_ends_the_streams_of_the_old_one,
);

const SESSIONS: &str = "/api/v1/me/sessions";

async fn a_person_sees_where_they_are_signed_in(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    house.stranger.found("fay@example.com", "Fay Autos").await;
    house.pass(std::time::Duration::from_mins(20));
    let body = json!({"email": "dana@example.com", "password": PASSWORD});
    let request = house.stranger.request(reqwest::Method::POST, "/api/v1/auth/login").json(&body);
    let request = request.header("user-agent", format!("lotline/1 {}", "x".repeat(500)));
    let other = Answer::read(request.send().await.unwrap()).await.session();
    let other = house.stranger.with(&other.access_token);
    let listed = other.get(SESSIONS).await.json();
    let items: &Vec<Value> = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "nobody else's");
    assert_eq!((&items[0]["current"], &items[1]["current"]), (&json!(true), &json!(false)));
    assert_eq!(items[0]["address"], "127.0.0.1");
    let agent = items[0]["user_agent"].as_str().unwrap();
    assert!(agent.starts_with("lotline/1 x") && agent.len() == 200, "{agent}");
    assert!(items[0]["last_used_at"].as_str() > items[1]["last_used_at"].as_str());
    assert_eq!(dana.get(SESSIONS).await.status, 401, "that token is twenty minutes old");
    house.stop().await;
}

async fn a_person_ends_their_own_sessions_and_nobody_elses(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (fay, _) = house.stranger.found("fay@example.com", "Fay Autos").await;
    let sign_in = || async {
        let session = house.stranger.log_in("dana@example.com", PASSWORD).await.session();
        house.stranger.with(&session.access_token)
    };
    let (laptop, phone) = (sign_in().await, sign_in().await);
    let current = |listed: Value| {
        let items = listed["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["current"] == true).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let of_laptop = format!("{SESSIONS}/{}", current(laptop.get(SESSIONS).await.json()));
    let absent = fay.delete(&format!("{SESSIONS}/{}", uuid::Uuid::now_v7())).await;
    assert_eq!((absent.status.as_u16(), &fay.delete(&of_laptop).await.text), (404, &absent.text));
    let stream = listen(&laptop).await;
    assert_eq!(dana.delete(&of_laptop).await.status, 204);
    goes_dark(stream).await;
    assert_eq!(laptop.get("/api/v1/me").await.status, 401);
    assert_eq!(dana.delete(&of_laptop).await.status, 404);
    assert_eq!(dana.delete(&format!("{SESSIONS}/x")).await.status, 400);

    assert_eq!(dana.delete(SESSIONS).await.status, 204);
    assert_eq!(phone.get("/api/v1/me").await.status, 401);
    assert_eq!(dana.get(SESSIONS).await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(fay.get("/api/v1/me").await.status, 200);
    house.stop().await;
}

async fn a_new_password_ends_the_streams_of_the_old_one(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let thief = house.stranger.log_in("dana@example.com", PASSWORD).await.session();
    let (stream, mut own) = (listen(&house.stranger.with(&thief.access_token)).await, listen(&dana).await);
    let body = json!({"current_password": PASSWORD, "new_password": "another horse battery"});
    assert_eq!(dana.post("/api/v1/me/password", body).await.status, 204);
    goes_dark(stream).await;
    assert_eq!(dana.post("/api/v1/leads", json!({"phone": "+13035550101"})).await.status, 201);
    assert!(own.event().await.is_some(), "the session that changed it goes on");
    house.stop().await;
}
