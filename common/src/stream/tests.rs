//! A hostile daemon on a real socket: what an operator would lose is an event, or see one twice.
#![expect(clippy::disallowed_methods, reason = "the server of a test ends with the test")]

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::{StreamExt, stream};
use tokio::sync::mpsc;

use super::{Pace, StreamUpdate, follow};
use crate::{
    api::auth::Session,
    client::{Client, Memory},
};

/// What the daemon does with one connection.
enum Act {
    /// Sends these frames and closes.
    Close(String),
    /// Sends these frames and then says nothing, without closing.
    Hang(String),
    Status(StatusCode),
}

#[derive(Default)]
struct Stage {
    acts: Mutex<std::collections::VecDeque<Act>>,
    seen: Mutex<Vec<(String, Option<String>)>>,
    refreshes: Mutex<u32>,
}

async fn events(State(stage): State<Arc<Stage>>, headers: HeaderMap) -> Response {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert!(headers.get_all("last-event-id").iter().count() <= 1, "the resume point is sent once");
    stage.seen.lock().unwrap().push((header("authorization").unwrap(), header("last-event-id")));
    let act = stage.acts.lock().unwrap().pop_front().unwrap_or(Act::Hang(String::new()));
    let frames = |text: String| stream::once(async move { Ok::<_, Infallible>(text) });
    let body = match act {
        Act::Status(status) => return status.into_response(),
        Act::Close(text) => Body::from_stream(frames(text)),
        Act::Hang(text) => Body::from_stream(frames(text).chain(stream::pending())),
    };
    ([("content-type", "text/event-stream")], body).into_response()
}

async fn refresh(State(stage): State<Arc<Stage>>) -> Response {
    let mut count = stage.refreshes.lock().unwrap();
    *count += 1;
    axum::Json(session(&format!("jwt{}", *count + 1))).into_response()
}

fn session(token: &str) -> Session {
    serde_json::from_value(serde_json::json!({
        "access_token": token, "token_type": "Bearer", "expires_in": 900, "refresh_token": format!("r-{token}"),
        "user": {"id": "0191e7a0-0000-7000-8000-000000000001", "email": "dana@northside.example", "name": "Dana"},
        "organization": {"id": "0191e7a0-0000-7000-8000-000000000002", "name": "Northside", "slug": "n", "time_zone": "UTC"},
        "role": "agent", "memberships": [],
    }))
    .unwrap()
}

fn event(seq: i64) -> String {
    format!(
        "id: {seq}\nevent: lead.updated\ndata: {{\"seq\":{seq},\"type\":\"lead.updated\",\"at\":\"2026-11-23T10:00:00Z\"}}\n\n"
    )
}

fn events_of(seqs: &[i64]) -> String {
    seqs.iter().map(|seq| event(*seq)).collect()
}

const PING: &str = "event: ping\ndata: {}\n\n";

/// Starts the daemon with a script and follows it from `after`.
async fn play(acts: Vec<Act>, after: Option<i64>) -> (Arc<Stage>, mpsc::Receiver<StreamUpdate>) {
    let stage = Arc::new(Stage { acts: Mutex::new(acts.into()), ..Stage::default() });
    let router = Router::new()
        .route("/api/v1/events", get(events))
        .route("/api/v1/auth/refresh", post(refresh))
        .with_state(Arc::clone(&stage));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let client = Client::new(&base, Memory::holding(session("jwt1"))).unwrap();
    let pace = Pace {
        silence: Duration::from_millis(300),
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(5),
    };
    let (out, updates) = mpsc::channel(64);
    tokio::spawn(follow(client, after, pace, out));
    (stage, updates)
}

/// Reads until `count` events came; returns their numbers and everything else in order.
async fn collect(updates: &mut mpsc::Receiver<StreamUpdate>, count: usize) -> (Vec<i64>, Vec<StreamUpdate>) {
    let (mut seqs, mut rest) = (Vec::new(), Vec::new());
    while seqs.len() < count {
        let update = tokio::time::timeout(Duration::from_secs(20), updates.recv()).await.unwrap().unwrap();
        match update {
            StreamUpdate::Event(event) => seqs.push(event.seq),
            other => rest.push(other),
        }
    }
    (seqs, rest)
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_through_eof_503_401_silence_and_repeats() {
    let acts = vec![
        Act::Close(events_of(&[1, 2])),
        Act::Status(StatusCode::SERVICE_UNAVAILABLE),
        Act::Status(StatusCode::UNAUTHORIZED),
        Act::Hang(events_of(&[2, 3]) + PING),
        Act::Hang(PING.to_owned() + &events_of(&[3, 4, 5])),
    ];
    let (stage, mut updates) = play(acts, Some(0)).await;
    let (seqs, rest) = collect(&mut updates, 5).await;
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
    assert!(rest.iter().any(|update| matches!(update, StreamUpdate::Lost { .. })), "{rest:?}");
    assert!(!rest.iter().any(|update| matches!(update, StreamUpdate::Reset { .. })), "{rest:?}");
    let seen = stage.seen.lock().unwrap().clone();
    let resumed: Vec<_> = seen.iter().map(|(_, after)| after.as_deref().unwrap()).collect();
    assert_eq!(resumed, ["0", "2", "2", "2", "3"]);
    assert_eq!(seen.last().unwrap().0, "Bearer jwt2");
    assert_eq!(*stage.refreshes.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_jump_reconnects_from_the_last_good_event() {
    let acts = vec![Act::Hang(events_of(&[5, 8])), Act::Hang(events_of(&[6, 7, 8]))];
    let (stage, mut updates) = play(acts, Some(4)).await;
    let (seqs, _) = collect(&mut updates, 4).await;
    assert_eq!(seqs, [5, 6, 7, 8]);
    assert_eq!(stage.seen.lock().unwrap()[1].1.as_deref(), Some("5"));
}

#[tokio::test]
async fn a_number_that_never_comes_means_refetch_not_a_loop() {
    let acts = vec![Act::Hang(events_of(&[5, 8])), Act::Hang(events_of(&[8]))];
    let (_stage, mut updates) = play(acts, Some(4)).await;
    let (seqs, rest) = collect(&mut updates, 2).await;
    assert_eq!(seqs, [5, 8]);
    assert!(rest.contains(&StreamUpdate::Reset { seq: Some(7) }), "{rest:?}");
}

#[tokio::test]
async fn a_forgotten_resume_point_tells_the_owner_and_goes_on() {
    let reset = "event: reset\ndata: {\"seq\":40}\n\n".to_owned();
    let acts = vec![Act::Hang(reset + &event(41)), Act::Hang(String::new())];
    let (_stage, mut updates) = play(acts, Some(3)).await;
    let (seqs, rest) = collect(&mut updates, 1).await;
    assert_eq!(seqs, [41]);
    assert!(rest.contains(&StreamUpdate::Reset { seq: Some(40) }), "{rest:?}");

    let acts = vec![Act::Status(StatusCode::GONE), Act::Hang(event(90))];
    let (stage, mut updates) = play(acts, Some(3)).await;
    let (seqs, rest) = collect(&mut updates, 1).await;
    assert_eq!(seqs, [90]);
    assert_eq!(rest.iter().filter(|update| matches!(update, StreamUpdate::Reset { .. })).count(), 1);
    assert_eq!(stage.seen.lock().unwrap()[1].1, None);
}

#[tokio::test]
async fn an_event_of_tomorrow_is_skipped_not_fatal() {
    let unknown = "id: 6\nevent: call.started\ndata: {\"seq\":6,\"type\":\"call.started\"}\n\n";
    let (_stage, mut updates) = play(vec![Act::Hang(event(5) + unknown + &event(7))], Some(4)).await;
    assert_eq!(collect(&mut updates, 2).await.0, [5, 7]);
}

#[tokio::test]
async fn a_stream_that_begins_now_resumes_from_its_opening_even_before_the_first_event() {
    let opening = "retry: 1000\nevent: ping\ndata: {\"seq\":41}\n\n".to_owned();
    let acts = vec![Act::Close(opening), Act::Hang(events_of(&[42, 43]))];
    let (stage, mut updates) = play(acts, None).await;
    let (seqs, rest) = collect(&mut updates, 2).await;
    assert_eq!(seqs, [42, 43]);
    assert!(!rest.iter().any(|update| matches!(update, StreamUpdate::Reset { .. })), "{rest:?}");
    assert_eq!(stage.seen.lock().unwrap()[1].1.as_deref(), Some("41"));
}
