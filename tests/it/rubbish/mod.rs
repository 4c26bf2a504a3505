//! Tens of thousands of malformed requests: each is refused politely, changes nothing and is not echoed.

mod make;
mod wire;

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use axum::{Router, body::Body, http::Request};
use lotlined::{app::App, clock::Clock, db::Hold, http::router};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tower::ServiceExt;

use self::make::{Known, Maker, Rubbish};
use crate::support::{caller::PASSWORD, chance, daemon::settings, db::Fresh};

/// In every run; `LOTLINE_TEST_RUBBISH=100000` asks for more, which takes two minutes of a free core.
const REQUESTS: usize = 20_000;
/// Every so many of them go over a socket, as do all that a well-behaved client could not write.
const OVER_SOCKETS: usize = 10;
const BASE: &str = "http://127.0.0.1:3001";
const OWN: &str = "+13035550199";
const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "token-of-the-first-account";

/// An answer, and what it must not do.
struct Answer {
    status: u16,
    text: String,
}

impl Answer {
    fn is_refusal(&self) -> bool {
        self.status >= 400
    }

    /// What is wrong with it, as an answer to `request`.
    fn fault(&self, request: &Rubbish, canaries: &[String]) -> Option<String> {
        let raw = |canary: &&String| self.text.contains(canary.as_str());
        if self.status >= 500 {
            Some(format!("{} for {request:?}: {}", self.status, self.text))
        } else if self.is_refusal()
            && let Some(canary) = canaries.iter().find(raw)
        {
            Some(format!("{canary:?} came back for {request:?}: {}", self.text))
        } else {
            None
        }
    }
}

struct House {
    app: Arc<App>,
    router: Router,
    /// Sees whether anybody else changed the database since it last looked.
    watch: SqliteConnection,
}

impl House {
    async fn open(fresh: &Fresh) -> Self {
        let more = format!("open_signup = true\n[server]\npublic_url = \"{BASE}\"");
        let app = App::open(settings(&fresh.url, &more), Clock::system(), Hold::Daemon).await.unwrap();
        let watch = SqliteConnection::connect(&fresh.url).await.unwrap();
        Self { router: router::router(app.clone()), app, watch }
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let endless = response.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream");
        if endless {
            return Answer { status, text: String::new() };
        }
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    async fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("idempotency-key", uuid::Uuid::now_v7().to_string());
        let answer = self.ask(request.body(Body::from(body.to_string())).unwrap()).await;
        assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.text);
        serde_json::from_str(&answer.text).unwrap_or_default()
    }

    /// The admin of a new organization, and a lead of theirs.
    async fn found(&self, email: &str, name: &str) -> (String, String) {
        let asked = json!({"email": email, "password": PASSWORD, "name": "Dana Example", "organization": {"name": name}});
        let session = self.call("POST", "/api/v1/auth/signup", "", &asked).await;
        let token = session["access_token"].as_str().unwrap().to_owned();
        let lead = json!({"phone": "+13035550101", "name": "Ana Example"});
        let lead = self.call("POST", "/api/v1/leads", &token, &lead).await;
        (token, lead["id"].as_str().unwrap().to_owned())
    }

    async fn furnish(&self) -> Known {
        let (admin, lead) = self.found("dana@example.com", "Dana Motors").await;
        let (_, foreign) = self.found("eli@example.com", "Eli Cars").await;
        let number = json!({"phone_number": OWN});
        self.call("POST", "/api/v1/phone-numbers", &admin, &number).await;
        self.set_carrier(&admin).await;
        Known { admin, lead, foreign }
    }

    async fn set_carrier(&self, admin: &str) {
        let carrier = json!({"provider": "twilio", "account_sid": ACCOUNT, "auth_token": TOKEN});
        self.call("PUT", "/api/v1/carrier", admin, &carrier).await;
    }

    /// What is there, but for the lines that tell of wrong passwords.
    async fn facts(&mut self) -> Vec<i64> {
        let mut facts = Vec::new();
        for table in ["organizations", "users", "sessions", "leads", "turns", "events", "jobs", "receipts"] {
            let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            facts.push(sqlx::query_scalar(sql).fetch_one(&mut self.watch).await.unwrap());
        }
        facts
    }

    /// Grows with every commit of somebody else that changed the file.
    async fn version(&mut self) -> i64 {
        sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut self.watch).await.unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "how long to test is no setting of the daemon")]
fn requests() -> usize {
    std::env::var("LOTLINE_TEST_RUBBISH").map_or(REQUESTS, |count| count.parse().unwrap())
}

/// One request that gets through, panics or is echoed is somebody's way into a dealer's customers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_requests_are_refused_and_change_nothing() {
    let seed = chance::seed();
    let fresh = Fresh::sqlite();
    let mut house = House::open(&fresh).await;
    let known = house.furnish().await;
    let mut maker = Maker::new(seed, known.clone());
    let canaries = maker.canaries();
    let (mut statuses, mut over_sockets) = (BTreeMap::<u16, usize>::new(), Vec::new());
    let begun = Instant::now();
    let mut version = house.version().await;
    let requests = requests();
    for n in 0..requests {
        let rubbish = maker.make();
        // A stream takes its connection over, so it must have one.
        let signs_in = rubbish.path.starts_with("/api/v1/auth/");
        let in_process = (n % OVER_SOCKETS != 0 || signs_in) && !rubbish.path.starts_with("/api/v1/events");
        let request = rubbish.request().filter(|_| in_process);
        let Some(request) = request else {
            over_sockets.push(rubbish.without_credentials());
            continue;
        };
        let answer = house.ask(request).await;
        *statuses.entry(answer.status).or_default() += 1;
        let fault = answer.fault(&rubbish, &canaries);
        assert!(fault.is_none(), "request {n}: {}", fault.unwrap_or_default());
        let now = house.version().await;
        assert!(
            // A wrong password for an account that exists is a line of the audit log, and all else it is.
            !answer.is_refusal() || now == version || signs_in && answer.status == 401,
            "request {n}: {} and yet written: {rubbish:?}",
            answer.status
        );
        version = now;
        if answer.status == 200 && rubbish.path == "/api/v1/carrier" && rubbish.method == "PUT" {
            house.set_carrier(&known.admin).await;
            version = house.version().await;
        }
    }
    println!("{} in {:.1?}: {statuses:?}", requests - over_sockets.len(), begun.elapsed());
    let (begun, facts) = (Instant::now(), house.facts().await);
    let sent = over_sockets.len();
    let statuses = wire::send(&house.app, &house.router, over_sockets, &canaries).await;
    println!("{sent} over sockets in {:.1?}: {statuses:?}", begun.elapsed());
    assert_eq!(house.facts().await, facts, "nobody without credentials changes anything");
    let ready = house.ask(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    assert_eq!(ready.status, 200);
    house.app.close().await;
    fresh.remove().await;
}
