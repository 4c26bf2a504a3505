//! Tokens on a real socket: an operator would be signed out in the middle of a text if a refresh token were used twice.
#![expect(clippy::disallowed_methods, reason = "the server of a test ends with the test")]

use std::{
    any::Any,
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::{Client, Error, Keep, Memory};
use crate::{
    OrganizationId, Problem,
    api::{auth::Session, me::ChangePassword},
};

/// A daemon that knows one family of tokens: `a<n>` and `r<n>`, `n` grows, an old `r` ends the family.
#[derive(Default)]
struct Desk {
    generation: Mutex<u32>,
    revoked: Mutex<bool>,
    switched: Mutex<u32>,
}

const NORTH: u128 = 1;
const SOUTH: u128 = 2;

fn session(generation: u32, organization: u128) -> Session {
    let id = OrganizationId::from_uuid(uuid::Uuid::from_u128(organization));
    serde_json::from_value(serde_json::json!({
        "access_token": format!("a{generation}-{organization}"), "token_type": "Bearer", "expires_in": 900,
        "refresh_token": format!("r{generation}"),
        "user": {"id": "0191e7a0-0000-7000-8000-000000000001", "email": "dana@northside.example", "name": "Dana"},
        "organization": {"id": id, "name": "Store", "slug": "s", "time_zone": "UTC"},
        "role": "agent", "memberships": [],
    }))
    .unwrap()
}

async fn me(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    let current = format!("Bearer a{}-", *desk.generation.lock().unwrap());
    let good = headers["authorization"].to_str().unwrap().starts_with(&current);
    if !good || *desk.revoked.lock().unwrap() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let session = session(0, NORTH);
    Json(serde_json::json!({
        "user": session.user, "organization": session.organization, "role": "agent", "memberships": [],
    }))
    .into_response()
}

async fn refresh(State(desk): State<Arc<Desk>>, Json(body): Json<serde_json::Value>) -> Response {
    let mut generation = desk.generation.lock().unwrap();
    if body["refresh_token"] != format!("r{generation}") {
        *desk.revoked.lock().unwrap() = true;
        return StatusCode::UNAUTHORIZED.into_response();
    }
    *generation += 1;
    Json(session(*generation, NORTH)).into_response()
}

async fn switch(State(desk): State<Arc<Desk>>) -> Response {
    *desk.switched.lock().unwrap() += 1;
    let mut session = session(*desk.generation.lock().unwrap(), SOUTH);
    session.refresh_token = None;
    Json(session).into_response()
}

async fn wrong_password() -> Response {
    let problem = Problem::new(401, "invalid_credentials", "The password is wrong.");
    (StatusCode::UNAUTHORIZED, Json(problem)).into_response()
}

/// One file for several clients.
#[derive(Clone)]
struct Shared(Arc<Memory>);

impl Keep for Shared {
    fn lock(&self) -> io::Result<Box<dyn Any + Send>> {
        self.0.lock()
    }
    fn load(&self) -> io::Result<Option<Session>> {
        self.0.load()
    }
    fn save(&self, session: Option<&Session>) -> io::Result<()> {
        self.0.save(session)
    }
}

async fn serve() -> (Arc<Desk>, String) {
    let desk = Arc::new(Desk::default());
    let router = Router::new()
        .route("/api/v1/me", get(me))
        .route("/api/v1/me/password", post(wrong_password))
        .route("/api/v1/auth/refresh", post(refresh))
        .route("/api/v1/auth/switch", post(switch))
        .with_state(Arc::clone(&desk));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (desk, base)
}

#[tokio::test]
async fn ten_calls_with_an_old_token_refresh_it_once() {
    let (desk, base) = serve().await;
    *desk.generation.lock().unwrap() = 1;
    let mut old = session(0, NORTH);
    old.refresh_token = Some("r1".to_owned());
    let client = Client::new(&base, Memory::holding(old)).unwrap();
    let calls = (0..10).map(|_| client.me());
    for outcome in futures::future::join_all(calls).await {
        outcome.unwrap();
    }
    assert_eq!(*desk.generation.lock().unwrap(), 2);
}

#[tokio::test]
async fn two_consoles_on_one_profile_do_not_end_each_others_session() {
    let (desk, base) = serve().await;
    let shared = Shared(Arc::new(Memory::holding(session(0, NORTH))));
    let (one, other) = (Client::new(&base, shared.clone()).unwrap(), Client::new(&base, shared).unwrap());
    one.me().await.unwrap();
    // The access token expires; each finds out by itself.
    let renewed = one.refreshed("a0-1").await.unwrap();
    assert_eq!(renewed, "a1-1");
    other.me().await.unwrap();
    one.me().await.unwrap();
    assert!(!*desk.revoked.lock().unwrap());
}

#[tokio::test]
async fn a_refresh_elsewhere_never_moves_this_console_to_another_organization() {
    let (desk, base) = serve().await;
    let client = Client::new(&base, Memory::holding(session(0, SOUTH))).unwrap();
    client.refreshed("a0-2").await.unwrap();
    let session = client.session().unwrap();
    assert_eq!(session.organization.id.uuid().as_u128(), SOUTH);
    assert_eq!((*desk.switched.lock().unwrap(), session.refresh_token.as_deref()), (1, Some("r1")));
}

/// Lost: whoever mistypes their present password is signed out, and the token is used up for nothing.
#[tokio::test]
async fn a_wrong_password_is_no_wrong_token() {
    let (desk, base) = serve().await;
    let client = Client::new(&base, Memory::holding(session(0, NORTH))).unwrap();
    let typed = ChangePassword { current_password: "horse".into(), new_password: "house".into() };
    let refused = client.change_password(&typed).await.unwrap_err();
    assert_eq!(refused.code(), Some("invalid_credentials"), "{refused}");
    assert_eq!(*desk.generation.lock().unwrap(), 0, "nothing was refreshed");
}

#[tokio::test]
async fn failures_are_told_apart() {
    let (desk, base) = serve().await;
    *desk.revoked.lock().unwrap() = true;
    *desk.generation.lock().unwrap() = 5;
    let client = Client::new(&base, Memory::holding(session(0, NORTH))).unwrap();
    assert!(matches!(client.me().await, Err(Error::SignedOut)));
    let nobody = Client::new("http://127.0.0.1:9", Memory::holding(session(0, NORTH))).unwrap();
    let error = nobody.me().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable) && !error.outcome_unknown(), "{error}");
    assert!(matches!(Client::new("ftp://x", Memory::default()), Err(Error::Address(_))));
}
