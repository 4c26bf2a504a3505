//! Organizations full of data: one of everything that there is, several of most, and each word of it their own.

use std::collections::BTreeMap;

use lotline_sim::sign;
use lotlined::{app::App, db::Scope, domain::organization::OrgKey};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::sample::phone;
use crate::support::{
    caller::{Answer, Caller, PASSWORD},
    seed,
};

/// Nothing answers there; a carrier's signature is made over it.
pub(super) const PUBLIC: &str = "http://127.0.0.1:9";
const INCOMING: &str = "/api/webhooks/twilio/sms/incoming";
const ROLES: [&str; 4] = ["admin", "manager", "agent", "viewer"];
const CUSTOMERS: usize = 3;

pub(super) struct Side {
    /// Stands in every text of theirs.
    pub(super) word: String,
    pub(super) org: OrgKey,
    pub(super) id: String,
    pub(super) email: String,
    /// Who asks in their name, the admin first: people and keys of every role, somebody who was signed out, a stranger.
    pub(super) callers: Vec<(String, Caller)>,
    /// One of theirs by the word that stands before it in a path.
    pub(super) own: BTreeMap<&'static str, String>,
    /// What was asked under an idempotency key.
    pub(super) said: Vec<Said>,
    /// What is stored sealed or as a hash only, and the names of what is not stored at all.
    pub(super) secrets: BTreeMap<&'static str, String>,
    pub(super) line: Line,
}

/// Their account at the carrier.
pub(super) struct Line {
    pub(super) number: String,
    pub(super) account: String,
    pub(super) token: String,
}

/// A request and the key it came with.
pub(super) struct Said {
    pub(super) path: String,
    pub(super) key: String,
    pub(super) body: Value,
}

/// Founds an organization and furnishes it.
pub(super) async fn furnish(app: &App, stranger: &Caller, org: i64, word: &str) -> Side {
    let email = format!("admin@{}.example", word.to_lowercase());
    let founds = json!({"email": email, "password": PASSWORD, "name": format!("{word} Example"),
        "organization": {"name": format!("{word} Motors")}});
    let session = stranger.post("/api/v1/auth/signup", founds).await.session();
    let admin = stranger.with(&session.access_token);
    let line =
        Line { number: phone(), account: format!("AC{org:032x}"), token: format!("{word}-auth-token") };
    let mut side = Side {
        word: word.to_owned(),
        org: OrgKey::new(org),
        id: session.organization.id.to_string(),
        email,
        callers: vec![("admin".to_owned(), admin)],
        own: BTreeMap::from([("organizations", session.organization.id.to_string())]),
        said: Vec::new(),
        secrets: BTreeMap::new(),
        line,
    };
    side.equip().await;
    side.people(stranger).await;
    for customer in 0..CUSTOMERS {
        side.customer(customer).await;
    }
    side.odd_ones(app).await;
    side.callers.push(("stranger".to_owned(), stranger.clone()));
    side
}

impl Side {
    pub(super) fn admin(&self) -> &Caller {
        &self.callers[0].1
    }

    /// Where among the callers stands whoever proves nothing; before them somebody who was signed out.
    pub(super) fn stranger(&self) -> usize {
        self.callers.len() - 1
    }

    pub(super) fn slug(&self) -> String {
        format!("{}-motors", self.word.to_lowercase())
    }

    /// A POST under an idempotency key that must be done; its answer.
    async fn post(&mut self, path: &str, body: Value) -> Value {
        let key = format!("{}-{}", self.word, self.said.len());
        let key = body["client_id"].as_str().map_or(key, str::to_owned);
        let request = self.admin().request(Method::POST, path).header("idempotency-key", &key).json(&body);
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        self.said.push(Said { path: path.to_owned(), key, body });
        answer.json()
    }

    async fn put(&self, path: &str, body: Value) {
        let answer = self.admin().put(path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
    }

    /// Account, agent, numbers, clocks.
    async fn equip(&mut self) {
        let word = self.word.clone();
        let account =
            json!({"provider": "twilio", "account_sid": self.line.account, "auth_token": self.line.token});
        self.put("/api/v1/carrier", account).await;
        let agent = json!({"provider": "elevenlabs", "agent_id": format!("agent-{word}"),
            "api_key": format!("{word}-agent-key"), "persona": format!("Ava {word}")});
        self.put("/api/v1/agent-profile", agent).await;
        self.put("/api/v1/retention", json!({"days": {"messages": 500}})).await;
        for number in [self.line.number.clone(), phone()] {
            let own = json!({"phone_number": number, "label": format!("{word} line")});
            let made = self.post("/api/v1/phone-numbers", own).await;
            self.own.insert("phone-numbers", text(&made["id"]));
        }
    }

    /// Somebody and a key in every role, and whoever was invited or signed out.
    async fn people(&mut self, stranger: &Caller) {
        let domain = format!("{}.example", self.word.to_lowercase());
        for role in ROLES {
            if role != "admin" {
                let email = format!("{role}@{domain}");
                let invite = self.post("/api/v1/invites", json!({"email": email, "role": role})).await;
                let joins = json!({"email": email, "password": PASSWORD, "name": format!("{} {role}", self.word),
                    "invite_token": invite["token"]});
                let session = stranger.post("/api/v1/auth/signup", joins).await.session();
                self.callers.push((role.to_owned(), stranger.with(&session.access_token)));
                self.own.insert("members", session.user.id.to_string());
            }
        }
        for role in ROLES {
            let name = format!("{} {role} key", self.word);
            let made = self.post("/api/v1/api-keys", json!({"name": name, "role": role})).await;
            self.callers.push((format!("key: {role}"), stranger.with(made["key"].as_str().unwrap())));
            self.own.insert("api-keys", text(&made["id"]));
            self.secrets.insert("key", text(&made["key"]));
        }
        for invited in ["gus", "hal"] {
            let invited = json!({"email": format!("{invited}@{domain}"), "role": "agent"});
            let invite = self.post("/api/v1/invites", invited).await;
            self.own.insert("invites", text(&invite["id"]));
            self.secrets.insert("invite_token", text(&invite["token"]));
        }
        let out = stranger.log_in(&self.email, PASSWORD).await.session();
        let revoked = stranger.with(&out.access_token);
        assert_eq!(revoked.post("/api/v1/auth/logout", json!({})).await.status, 204);
        self.callers.push(("signed out".to_owned(), revoked));
        let sessions = self.admin().get("/api/v1/me/sessions").await.json();
        self.own.insert("sessions", text(&sessions["items"][0]["id"]));
        self.secrets.insert("refresh_token", out.refresh_token.unwrap());
    }

    /// A customer who wrote, was written to, consented and told of themselves.
    pub(super) async fn customer(&mut self, number: usize) {
        let (word, from) = (self.word.clone(), phone());
        let entered = json!({"phone": from, "name": format!("{word} Customer {number}"),
            "vehicle": format!("1{}00000000{number:03}", word.to_uppercase()), "source": format!("{word} fair")});
        let lead = text(&self.post("/api/v1/leads", entered).await["id"]);
        let at = |what: &str| format!("/api/v1/leads/{lead}/{what}");
        let edit = json!({"tags": [format!("{word} tag")], "assigned_to": self.own["members"]});
        let edit = self.admin().request(Method::PATCH, &format!("/api/v1/leads/{lead}")).json(&edit);
        assert_eq!(edit.header("if-match", "*").send().await.unwrap().status(), 200);
        let sid = format!("SM{word}{}", Uuid::now_v7().simple());
        let text_in =
            [("MessageSid", sid.as_str()), ("From", &from), ("Body", &format!("{word} asks {number}"))];
        assert_eq!(self.hears(&text_in).await, 200);
        self.post(&at("notes"), json!({"text": format!("{word} brings a trade-in {number}.")})).await;
        let floor = ["me", "nobody", "paused", "ai"][number % 4];
        self.post(&at("floor"), json!({"to": floor})).await;
        for note in ["counter", "door"] {
            let consent = json!({"kind": "opt_in", "note": format!("{word} at the {note}.")});
            self.post(&at("consents"), consent).await;
        }
        let employer = format!("{word} Foods {number}");
        self.put(&at("application"), json!({"fields": {"employer": employer}})).await;
        self.secrets.insert("employer", employer);
        let message = |words: &str| json!({"body": format!("{word} {words} {number}"), "client_id": Uuid::now_v7(), "hold_seconds": 30});
        let recalled = text(&self.post(&at("messages"), message("takes back")).await["id"]);
        let draft = self.post(&format!("/api/v1/messages/{recalled}/recall"), json!({})).await;
        self.own.insert("drafts", text(&draft["draft"]["id"]));
        let said = self.post(&at("messages"), message("says hello")).await;
        self.own.insert("messages", text(&said["id"]));
        self.own.insert("leads", lead);
    }

    /// A text as the carrier tells of it, signed with this side's token; `fields` come before their usual ones.
    async fn hears(&self, fields: &[(&str, &str)]) -> u16 {
        let form = self.form(fields);
        let signature = sign(&self.line.token, &format!("{PUBLIC}{INCOMING}"), &form);
        let request = self.admin().request(Method::POST, INCOMING).header("x-twilio-signature", signature);
        request.form(&form).send().await.unwrap().status().as_u16()
    }

    /// The fields of a text to the own number, with `fields` in the places of the usual ones.
    pub(super) fn form(&self, fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let usual = [
            ("AccountSid", self.line.account.as_str()),
            ("To", &self.line.number),
            ("From", "+13035550150"),
            ("Body", "Hello"),
            ("NumMedia", "0"),
            ("MessageStatus", "delivered"),
            ("MessageSid", "SM00000000000000000000000000000000"),
        ];
        let rest = usual.iter().filter(|(name, _)| fields.iter().all(|(given, _)| given != name));
        fields.iter().chain(rest).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// A customer who is forgotten, one under a hold, a message of which nobody knows whether it left, and work that was
    /// given up.
    async fn odd_ones(&mut self, app: &App) {
        let forgotten = self.own["leads"].clone();
        assert_eq!(self.admin().delete(&format!("/api/v1/leads/{forgotten}")).await.status, 204);
        self.customer(CUSTOMERS).await;
        let held = format!("/api/v1/leads/{}/legal-hold", self.own["leads"]);
        self.put(&held, json!({"reason": format!("{} matter", self.word)})).await;
        self.customer(CUSTOMERS + 1).await;
        let (org, unknown) = (self.org, Uuid::parse_str(&self.own["messages"]).unwrap());
        seed::write(&app.db, move |tx| {
            Box::pin(async move {
                let sql = "UPDATE deliveries SET state = 'unknown', needs_operator = TRUE, carrier_sid = $3
                           WHERE turn_id = $1 AND organization_id = $2";
                let sid = format!("SM{}", unknown.simple());
                tx.query(sql).bind(unknown).bind(org.number()).bind(sid).execute().await?;
                Ok(())
            })
        })
        .await;
        for _ in 0..2 {
            let dead = Uuid::now_v7();
            seed::write(&app.db, move |tx| {
                Box::pin(async move {
                    let sql = "INSERT INTO jobs (id, organization_id, kind, payload, run_at, state, dead_at, created_at)
                               VALUES ($1, $2, 'unreadable', '{\"job\":\"unreadable\"}', 0, 'dead', 0, 0)";
                    tx.query(sql).bind(dead).bind(org.number()).execute().await.map(drop)
                })
            })
            .await;
            self.own.insert("dead-letters", dead.to_string());
        }
        self.customer(CUSTOMERS + 2).await;
        // Whoever only ever texted.
        let from = phone();
        let sid = format!("SM{}", Uuid::now_v7().simple());
        assert_eq!(self.hears(&[("From", &from), ("MessageSid", &sid), ("Body", "Hello")]).await, 200);
        self.secrets.insert("phone", from);
        app.db
            .write(Scope::Org(org), move |tx| {
                Box::pin(async move {
                    while lotlined::store::search::advance(tx, org, 1_000).await? {}
                    Ok::<_, lotlined::db::DbError>(())
                })
            })
            .await
            .unwrap();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
