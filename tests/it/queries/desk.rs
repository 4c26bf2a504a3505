//! A desk with nothing to do by itself, and the requests whose cost is asked.

use std::time::Duration;

use lotlined::db::{Asked, Scope};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use super::table::{Answer, Body, Case, Thing, message};
use crate::support::{
    caller::{self, Caller},
    db::Fresh,
    opened::Opened,
    reader::Reader,
    server::Server,
    shop::customer,
};

const BASE: &str = "http://127.0.0.1:9";
const OWN: &str = "+13035550199";
const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "token-of-the-account";
/// Streams that look at the table so seldom are quiet for the length of a test.
const NEVER: Duration = Duration::from_secs(3600);
/// A session is looked at anew now and then, and once a reading is noted it is not noted again.
const TRIES: usize = 5;

pub(super) struct Desk {
    server: Server,
    admin: Caller,
    lead: String,
    rows: usize,
    customers: std::cell::Cell<usize>,
}

fn id(answer: &caller::Answer) -> String {
    assert!(answer.status.is_success(), "{}: {}", answer.status, answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

impl Desk {
    /// A desk whose lists have so many rows each.
    pub(super) async fn open(fresh: &Fresh, rows: usize) -> Self {
        let more = format!(
            "open_signup = true\n[server]\npublic_url = \"{BASE}\"\n[metrics]\nallow = [\"127.0.0.1\"]"
        );
        let server = Server::beating(Opened::set(fresh, &more).await, NEVER).await;
        let stranger = Caller::at(&format!("http://{}", server.address));
        let (admin, _) = stranger.found("dana@example.com", "Dana Motors").await;
        let number = json!({"phone_number": OWN});
        id(&admin.post("/api/v1/phone-numbers", number).await);
        let carrier = json!({"provider": "twilio", "account_sid": ACCOUNT, "auth_token": TOKEN});
        assert_eq!(admin.put("/api/v1/carrier", carrier).await.status, 200);
        let agent =
            json!({"provider": "elevenlabs", "agent_id": "agent", "api_key": "key", "persona": "Ava"});
        assert_eq!(admin.put("/api/v1/agent-profile", agent).await.status, 200);
        let lead = json!({"phone": customer(0), "name": "Ana Example"});
        let lead = id(&admin.post("/api/v1/leads", lead).await);
        let desk = Self { server, admin, lead, rows, customers: 1.into() };
        for row in 0..rows {
            desk.furnish(row).await;
        }
        desk.hire(rows).await;
        desk
    }

    /// One row more in every list that the API writes.
    async fn furnish(&self, row: usize) {
        let admin = &self.admin;
        id(&admin.post("/api/v1/leads", self.new_lead()).await);
        id(&admin
            .post("/api/v1/invites", json!({"email": format!("{row}@example.com"), "role": "agent"}))
            .await);
        id(&admin.post("/api/v1/api-keys", json!({"name": "CRM", "role": "agent"})).await);
        if row > 0 {
            let number = json!({"phone_number": format!("+1720555{:04}", 100 + row)});
            id(&admin.post("/api/v1/phone-numbers", number).await);
        }
        for route in ["POST /api/v1/leads/{id}/notes", "POST /api/v1/leads/{id}/consents"] {
            assert!(self.request(Case::named(route)).await.send().await.unwrap().status().is_success());
        }
        self.draft().await;
    }

    /// Members and sessions, past the API, which would hash a password for each.
    async fn hire(&self, rows: usize) {
        let hired = self.server.fresh.db.write(Scope::System, move |tx| {
            Box::pin(async move {
                for row in 0..rows {
                    let user = Uuid::now_v7();
                    tx.query("INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, $2, 'Eli', '', 0)")
                        .bind(user)
                        .bind(format!("eli{row}@example.com"))
                        .execute()
                        .await?;
                    tx.query("INSERT INTO memberships (user_id, organization_id, role, created_at) SELECT $1, id, 'agent', 0 FROM organizations")
                        .bind(user)
                        .execute()
                        .await?;
                    tx.query("INSERT INTO sessions (id, user_id, created_at, expires_at) SELECT $1, id, 0, $2 FROM users WHERE email = 'dana@example.com'")
                        .bind(Uuid::now_v7())
                        .bind(crate::support::seed::LATER)
                        .execute()
                        .await?;
                }
                Ok::<_, lotlined::db::DbError>(())
            })
        });
        hired.await.unwrap();
    }

    fn next_customer(&self) -> String {
        let number = self.customers.get();
        self.customers.set(number + 1);
        customer(number)
    }

    fn new_lead(&self) -> Value {
        json!({"phone": self.next_customer(), "name": "Ben Example"})
    }

    async fn send(&self) -> String {
        id(&self.admin.post(&format!("/api/v1/leads/{}/messages", self.lead), message()).await)
    }

    async fn draft(&self) -> String {
        let path = format!("/api/v1/messages/{}/recall", self.send().await);
        let recalled = self.admin.post(&path, json!({})).await;
        assert_eq!(recalled.status, 200, "{}", recalled.text);
        recalled.json()["draft"]["id"].as_str().unwrap().to_owned()
    }

    /// A request that will do what it says, after whatever must be there first.
    pub(super) async fn request(&self, case: &Case) -> RequestBuilder {
        let (method, path) = case.route.split_once(' ').unwrap();
        let thing = match case.thing {
            Thing::Lead => self.lead.clone(),
            Thing::Message => self.send().await,
            Thing::Draft => self.draft().await,
        };
        let path = path.replace("{id}", &thing).replace("{seq}", &self.missed().await);
        let request = self.admin.request(method.parse::<Method>().unwrap(), &path);
        match case.body {
            Body::Nothing => request,
            Body::Fixed(body) => request.json(&body()),
            Body::NewLead => request.json(&self.new_lead()),
            Body::Status => {
                let lead = self.admin.get(&format!("/api/v1/leads/{}", self.lead)).await.json();
                let seen = format!("\"{}\"", lead["version"]);
                request.header("if-match", seen).json(&json!({"status": "engaged"}))
            }
            Body::OtherFloor => request.json(&json!({"to": self.other_floor().await})),
            Body::Text => self.text(&customer(0)),
            Body::FirstText => self.text(&self.next_customer()),
        }
    }

    /// The number after which there are as many events as rows.
    async fn missed(&self) -> String {
        let mut tx = self.server.fresh.db.read(Scope::System).await.unwrap();
        let (newest,): (i64,) = tx.query("SELECT event_seq FROM organizations").one().await.unwrap();
        (newest - i64::try_from(self.rows).unwrap()).to_string()
    }

    /// Who has not got the floor.
    async fn other_floor(&self) -> &'static str {
        let lead = self.admin.get(&format!("/api/v1/leads/{}", self.lead)).await.json();
        if lead["floor"]["kind"] == "ai" { "me" } else { "ai" }
    }

    fn text(&self, from: &str) -> RequestBuilder {
        let sid = format!("SM{}", Uuid::now_v7().simple());
        let path = "/api/webhooks/twilio/sms/incoming";
        let fields = [
            ("AccountSid", ACCOUNT),
            ("MessageSid", &sid),
            ("From", from),
            ("To", OWN),
            ("Body", "Hello"),
            ("NumMedia", "0"),
        ];
        let signature = lotline_sim::sign(TOKEN, &format!("{BASE}{path}"), &fields);
        self.admin.request(Method::POST, path).header("x-twilio-signature", signature).form(&fields)
    }

    /// What it costs when everything that is remembered is remembered.
    pub(super) async fn cost(&self, case: &Case) -> Asked {
        let mut costs = Vec::new();
        for _ in 0..TRIES {
            let request = self.request(case).await;
            let before = self.server.fresh.db.asked();
            let response = request.send().await.unwrap();
            assert!(response.status().is_success(), "{}: {}", case.route, response.status());
            match case.answer {
                Answer::Whole => drop(response.bytes().await.unwrap()),
                Answer::Opened => drop(Reader::new(response)),
                Answer::Replayed => {
                    let mut reader = Reader::new(response);
                    for _ in 0..self.rows {
                        assert!(reader.event().await.is_some());
                    }
                }
            }
            costs.push(since(before, self.server.fresh.db.asked()));
        }
        costs.into_iter().min_by_key(|cost| cost.round_trips).unwrap()
    }

    /// What is asked of the database for a request that is refused after its caller is known.
    pub(super) async fn refused(&self, caller: &Caller) -> Asked {
        let mut costs = Vec::new();
        for _ in 0..TRIES {
            let before = self.server.fresh.db.asked();
            let path = format!("/api/v1/leads/{}/contact-check", self.lead);
            let answer = caller.post(&path, json!({"channel": "voice", "purpose": "reply"})).await;
            assert_eq!(answer.status, 400, "{}", answer.text);
            costs.push(since(before, self.server.fresh.db.asked()));
        }
        costs.into_iter().min_by_key(|cost| cost.round_trips).unwrap()
    }

    /// A session and a key.
    pub(super) async fn callers(&self) -> [Caller; 2] {
        let made = self.admin.post("/api/v1/api-keys", json!({"name": "CRM", "role": "agent"})).await.json();
        [self.admin.clone(), self.admin.with(made["key"].as_str().unwrap())]
    }

    /// So many streams of as many members, each of which has seen its opening.
    pub(super) async fn listen(&self) -> Vec<Reader> {
        let mut readers = Vec::new();
        for _ in 0..lotlined::limits::STREAMS_PER_SESSION {
            readers.push(Reader::new(
                self.request(Case::named("GET /api/v1/events")).await.send().await.unwrap(),
            ));
        }
        readers
    }

    pub(super) async fn stop(self) {
        self.server.stop().await;
    }
}

fn since(before: Asked, after: Asked) -> Asked {
    Asked {
        transactions: after.transactions - before.transactions,
        statements: after.statements - before.statements,
        round_trips: after.round_trips - before.round_trips,
    }
}
