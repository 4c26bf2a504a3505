//! What leaves for the carrier, byte by byte, as a recorder in its place sees it.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use lotline_common::api::{message::DeliveryState, turn::AuthorKind};
use lotline_sim::Pace;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::{
    db::Fresh,
    desk::{Desk, PATIENCE, Times},
    eventually,
    shop::{by, customer, state_of},
};

type Seen = Arc<Mutex<Vec<(HeaderMap, String)>>>;

async fn take(State(seen): State<Seen>, headers: HeaderMap, body: Bytes) -> (StatusCode, Json<Value>) {
    seen.lock().unwrap().push((headers, String::from_utf8(body.to_vec()).unwrap()));
    (StatusCode::CREATED, Json(json!({"sid": format!("SM{:032x}", 1), "status": "queued"})))
}

async fn recorder(stop: CancellationToken) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let path = "/2010-04-01/Accounts/{account}/Messages.json";
    let router = Router::new().route(path, post(take)).with_state(seen.clone());
    let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
    drop(lotlined::tasks::Tasks::new().spawn(async move { serving.await.unwrap() }));
    (base, seen)
}

/// Lost: every answer, when a field of the request is not what the carrier reads.
#[tokio::test]
async fn the_carrier_gets_exactly_the_fields_it_needs() {
    let db = Fresh::sqlite();
    let vendors = CancellationToken::new();
    let config = lotline_sim::Config { pace: Pace::instant(), ..lotline_sim::Config::default() };
    let sim = lotline_sim::start(config, vendors.clone()).await.unwrap();
    let (carrier, seen) = recorder(vendors.clone()).await;
    let times = Times { stale: "5m", ..Times::default() };
    let desk = Desk::at(&db, times, sim, vendors, &carrier).await;
    let shop = desk.shop(1).await;
    let lead = shop.hears(&customer(0), "Is the Civic still there?").await;
    eventually(PATIENCE, async || !seen.lock().unwrap().is_empty()).await;
    let (headers, body) = seen.lock().unwrap()[0].clone();
    let form: Vec<(String, String)> =
        reqwest::Url::parse(&format!("http://x/?{body}")).unwrap().query_pairs().into_owned().collect();
    let names: Vec<&str> = form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["From", "To", "Body", "ValidityPeriod", "StatusCallback"]);
    let get =
        |name: &str| form.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str()).unwrap();
    assert_eq!((get("From"), get("To")), (shop.own.as_str(), customer(0).as_str()));
    assert!(get("StatusCallback").starts_with(&format!("{}/api/webhooks/twilio/sms/status/", desk.base)));
    let validity: u32 = get("ValidityPeriod").parse().unwrap();
    assert!((290..=300).contains(&validity), "no longer than it may wait here: {validity}");
    let probe = reqwest::Client::new().get("http://x/").basic_auth(&shop.account, Some(&shop.token));
    assert_eq!(headers["authorization"], probe.build().unwrap().headers()["authorization"]);
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    let accepted = |turn: &&lotline_common::api::turn::Turn| state_of(turn) == Some(DeliveryState::Accepted);
    let thread =
        shop.until_thread(&lead, "accepted", |thread| by(thread, AuthorKind::Ai).iter().any(accepted)).await;
    assert_eq!(by(&thread, AuthorKind::Ai)[0].text, get("Body"));
    assert_eq!(seen.lock().unwrap().len(), 1, "once");
    desk.close().await;
    db.remove().await;
}
