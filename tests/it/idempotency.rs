//! A repeat of a request is the same request: done once, answered alike.

use futures::future::join_all;
use lotline_common::{At, UserId};
use lotlined::{
    app::App,
    db::{DbError, Scope},
    domain::once::Once,
    store::idempotency_key,
};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    caller::{Answer, Caller},
    daemon::Daemon,
    db::Fresh,
    opened::Opened,
    seed,
};

both_engines!(
    a_repeat_gets_the_same_answer_even_after_a_restart,
    many_at_once_are_one,
    a_key_is_good_for_a_day,
);

async fn keyed(caller: &Caller, path: &str, key: &str, body: &Value) -> Answer {
    let request = caller.request(Method::POST, path).header("Idempotency-Key", key).json(body);
    Answer::read(request.send().await.unwrap()).await
}

/// A console that lost the answer would otherwise enter the same customer twice.
async fn a_repeat_gets_the_same_answer_even_after_a_restart(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, _) = stranger.found("dana@example.com", "Dana Motors").await;
    let (eli, _) = stranger.found("eli@example.com", "Eli Cars").await;
    let (leads, body) = ("/api/v1/leads", json!({"phone": "+13035550101", "name": "Kim Example"}));
    let first = keyed(&dana, leads, "key-1", &body).await;
    assert_eq!(first.status, 201);
    let again = keyed(&dana, leads, "key-1", &body).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    let other = keyed(&dana, leads, "key-1", &json!({"phone": "+13035550102"})).await;
    assert_eq!(other.problem(), (409, "idempotency_mismatch".to_owned()));
    let notes = format!("/api/v1/leads/{}/notes", first.json()["id"].as_str().unwrap());
    assert_eq!(keyed(&dana, &notes, "key-1", &body).await.status, 400, "unknown fields come first");
    let note = json!({"text": "likes blue"});
    assert_eq!(keyed(&dana, &notes, "key-1", &note).await.problem().1, "idempotency_mismatch");
    assert_eq!(keyed(&eli, leads, "key-1", &body).await.status, 201, "another's key is another key");

    // What failed did nothing, so the same key may come back with what is right.
    assert_eq!(keyed(&dana, leads, "key-2", &body).await.problem().1, "lead_exists");
    assert_eq!(keyed(&dana, leads, "key-2", &json!({"phone": "+13035550103"})).await.status, 201);
    for wrong in ["", "a b\u{e9}", &"k".repeat(201)] {
        let answer = keyed(&dana, leads, wrong, &body).await;
        assert_eq!(answer.json()["field"], "Idempotency-Key", "{wrong:?}: {}", answer.text);
    }
    daemon.stop().await;

    let daemon = Daemon::start(db).await;
    let dana = Caller::stranger(&daemon).with(dana.token.as_deref().unwrap());
    let again = keyed(&dana, leads, "key-1", &body).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(dana.get(leads).await.json()["items"].as_array().unwrap().len(), 2);
    daemon.stop().await;
}

/// Two clicks are one note.
async fn many_at_once_are_one(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let (dana, _) = Caller::stranger(&daemon).found("dana@example.com", "Dana Motors").await;
    let lead = dana.post("/api/v1/leads", json!({"phone": "+13035550101"})).await.json()["id"].clone();
    let lead = format!("/api/v1/leads/{}", lead.as_str().unwrap());
    let (notes, note) = (format!("{lead}/notes"), json!({"text": "likes blue"}));
    let answers = join_all((0..8).map(|_| keyed(&dana, &notes, "key", &note))).await;
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), &answer.text), (201, &answers[0].text));
    }
    let timeline = dana.get(&format!("{lead}/timeline")).await.json();
    assert_eq!(timeline["items"].as_array().unwrap().len(), 1, "{timeline}");
    daemon.stop().await;
}

async fn take(app: &App, once: &Once, at: i64) -> Option<Uuid> {
    let (once, at, forgotten) = (once.clone(), At::from_unix_seconds(at), At::from_unix_seconds(at - 86_400));
    app.db
        .write(Scope::Org(once.org), move |tx| {
            Box::pin(async move {
                let taken = idempotency_key::take(tx, &once, at, forgotten).await?;
                if let Some(id) = taken {
                    idempotency_key::answer(tx, once.org, id, b"sealed".to_vec()).await?;
                }
                Ok::<_, DbError>(taken)
            })
        })
        .await
        .unwrap()
}

/// A table that keeps everything grows for ever, and a key of last year must not hold today's request back.
async fn a_key_is_good_for_a_day(db: &Fresh) {
    let Opened { app, .. } = Opened::on(db).await;
    let store = seed::store(&app.db, 1).await;
    let once = Once { org: store.org, user: store.user, key: "key".into(), request: b"one".to_vec() };
    let other = Once { user: UserId::new(), ..once.clone() };
    let now = app.clock.now().unix_seconds();
    assert!(take(&app, &once, now).await.is_some());
    assert!(take(&app, &once, now + 86_399).await.is_none());
    assert!(take(&app, &once, now + 86_401).await.is_some(), "a new request after a day");
    let nobody = app
        .db
        .write(Scope::Org(other.org), move |tx| {
            Box::pin(async move { idempotency_key::take(tx, &other, At::default(), At::default()).await })
        })
        .await;
    assert!(nobody.is_err(), "a key belongs to a user that there is");
    let prune = |before: At| {
        app.db.write(Scope::System, move |tx| {
            Box::pin(async move { idempotency_key::prune(tx, before, 10).await })
        })
    };
    assert_eq!(prune(At::from_unix_seconds(now - 86_400)).await.unwrap(), 0);
    assert_eq!(prune(At::from_micros(seed::LATER)).await.unwrap(), 1);
    app.close().await;
}
