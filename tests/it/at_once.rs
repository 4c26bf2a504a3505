//! Twenty who do the same at the same moment: each is answered as if they had come one after the other.

use std::time::Duration;

use futures::future::join_all;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::Connection;

use crate::{
    postgres::{WAITING, open, run},
    store::count,
    support::{
        caller::{Answer, Caller},
        daemon::Daemon,
        db::Fresh,
        eventually,
    },
};

both_engines!(
    invites_under_keys_are_all_made,
    of_edits_of_one_version_one_is_taken,
    one_account_of_each_kind_is_left,
);

/// The daemon, an admin, and their customer with its version.
async fn desk(db: &Fresh) -> (Daemon, Caller, Value) {
    let daemon = Daemon::start(db).await;
    let (dana, _) = Caller::stranger(&daemon).found("dana@example.com", "Dana Motors").await;
    let lead = dana.post("/api/v1/leads", json!({"phone": "+13035550101"})).await.json();
    (daemon, dana, lead)
}

/// The answers to twenty requests, each with its number.
async fn at_once(request: impl Fn(usize) -> RequestBuilder) -> Vec<Answer> {
    join_all((0..20).map(|n| {
        let request = request(n);
        async { Answer::read(request.send().await.unwrap()).await }
    }))
    .await
}

/// Requests about a customer of whom nobody gets hold before several wait. A file has one writer, who takes turns.
async fn from_one_moment<T>(db: &Fresh, requests: impl Future<Output = T>) -> T {
    if db.is_sqlite() {
        return requests.await;
    }
    let (mut holder, watch) = (db.owner().await, open(&db.url).await.unwrap());
    run(&mut holder, "BEGIN; UPDATE leads SET unread = unread").await;
    let release = async {
        eventually(Duration::from_secs(10), || async { count(&watch, WAITING).await > 1 }).await;
        run(&mut holder, "COMMIT").await;
    };
    let (done, ()) = futures::join!(requests, release);
    holder.close().await.unwrap();
    watch.close().await;
    done
}

/// Lost: an invite, to a colleague's that was made at the same time.
async fn invites_under_keys_are_all_made(db: &Fresh) {
    let (daemon, dana, _) = desk(db).await;
    let answers = at_once(|n| {
        let request =
            dana.request(Method::POST, "/api/v1/invites").header("Idempotency-Key", format!("key-{n}"));
        request.json(&json!({"email": format!("agent{n}@example.com"), "role": "agent"}))
    })
    .await;
    for answer in answers {
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    daemon.stop().await;
}

/// Lost: what a colleague has just written of a customer, or one's trust in a customer who "is not there".
async fn of_edits_of_one_version_one_is_taken(db: &Fresh) {
    let (daemon, dana, lead) = desk(db).await;
    let path = format!("/api/v1/leads/{}", lead["id"].as_str().unwrap());
    let requests = at_once(|n| {
        let request =
            dana.request(Method::PATCH, &path).header("If-Match", format!("\"{}\"", lead["version"]));
        request.json(&json!({"vehicle": format!("Wagon {n}")}))
    });
    let answers = from_one_moment(db, requests).await;
    let (taken, stale): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(taken.len(), 1);
    for answer in stale {
        assert_eq!(answer.status, 412, "{}", answer.text);
    }
    assert_eq!(dana.get(&path).await.json()["vehicle"], taken[0].json()["vehicle"]);
    daemon.stop().await;
}

/// Lost: an account that two people set up, each of whom was told of a defect or sends by another's.
async fn one_account_of_each_kind_is_left(db: &Fresh) {
    let (daemon, dana, _) = desk(db).await;
    let carrier =
        |n| json!({"provider": "twilio", "account_sid": format!("AC{n:032}"), "auth_token": "token"});
    let agent = |n| json!({"provider": "elevenlabs", "agent_id": format!("agent_{n}"), "api_key": "key", "persona": "Riley"});
    for (path, account) in
        [("/api/v1/carrier", &carrier as &dyn Fn(usize) -> Value), ("/api/v1/agent-profile", &agent)]
    {
        let answers = at_once(|n| dana.request(Method::PUT, path).json(&account(n))).await;
        for answer in &answers {
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        }
        let left = dana.get(path).await;
        assert!(answers.iter().any(|answer| answer.text == left.text), "{}", left.text);
    }
    daemon.stop().await;
}
