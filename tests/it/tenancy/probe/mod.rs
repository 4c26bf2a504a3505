//! Every id that a caller can put anywhere, tried with another organization's: it is answered as one that nobody has,
//! and not a byte of the other's rows changes, whatever the answer said.

mod routes;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt;
use lotline_common::TurnId;
use lotlined::{
    callback::Bound,
    db::{Cell, Scope},
    domain::organization::OrgKey,
};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    caller::{Answer, Caller},
    daemon::{Daemon, beside, settings},
    db::Fresh,
};
use routes::ids_of_routes;
use table::{Same, TRIES, Try, WITHOUT};

both_engines!(a_foreign_id_is_an_absent_one_everywhere);

/// Nothing runs by itself, so that what changes was changed by a request.
const STILL: &str =
    "open_signup = true\n[server]\npublic_url = \"http://127.0.0.1:9\"\n[jobs]\nenabled = false";

/// What an organization has, by the names that the table uses.
type Ids = BTreeMap<&'static str, String>;

struct Side {
    admin: Caller,
    ids: Ids,
}

/// An organization with one of everything.
async fn furnish(stranger: &Caller, email: &str, name: &str, number: &str) -> Side {
    let (admin, session) = stranger.found(email, name).await;
    let id = |answer: &Answer| {
        assert!(answer.status.is_success(), "{}", answer.text);
        answer.json()["id"].as_str().unwrap().to_owned()
    };
    let own = id(&admin.post("/api/v1/phone-numbers", json!({"phone_number": number})).await);
    let account =
        json!({"provider": "twilio", "account_sid": format!("AC{:032x}", 7), "auth_token": "token"});
    assert_eq!(admin.put("/api/v1/carrier", account).await.status, 200);
    let agent = json!({"provider": "elevenlabs", "agent_id": "agent", "api_key": "key", "persona": "Ava"});
    assert_eq!(admin.put("/api/v1/agent-profile", agent).await.status, 200);
    let lead = id(&admin.post("/api/v1/leads", json!({"phone": "+13035550101", "name": name})).await);
    let at = |what: &str| format!("/api/v1/leads/{lead}/{what}");
    id(&admin.post(&at("notes"), json!({"text": "Brings a trade-in."})).await);
    let said = async |intent: Uuid| {
        let message = json!({"body": "Hello", "client_id": intent, "hold_seconds": 30});
        id(&admin.post(&at("messages"), message).await)
    };
    let (intent, recalled) = (Uuid::now_v7(), said(Uuid::now_v7()).await);
    let draft = admin.post(&format!("/api/v1/messages/{recalled}/recall"), json!({})).await.json();
    let message = said(intent).await;
    let consent = json!({"kind": "opt_in", "note": "At the counter."});
    assert_eq!(admin.post(&at("consents"), consent).await.status, 201);
    let vault = json!({"fields": {"employer": "Example Foods"}});
    assert_eq!(admin.put(&at("application"), vault).await.status, 200);
    let invited =
        json!({"email": format!("gus@{}.example", number.trim_start_matches('+')), "role": "agent"});
    let invite = id(&admin.post("/api/v1/invites", invited).await);
    let key = id(&admin.post("/api/v1/api-keys", json!({"name": "CRM", "role": "agent"})).await);
    let sessions = admin.get("/api/v1/me/sessions").await.json();
    let ids = [
        ("invite", invite),
        ("key", key),
        ("session", sessions["items"][0]["id"].as_str().unwrap().to_owned()),
        ("organization", session.organization.id.to_string()),
        ("member", session.user.id.to_string()),
        ("number", own),
        ("lead", lead.clone()),
        ("draft", draft["draft"]["id"].as_str().unwrap().to_owned()),
        ("message", message),
        ("intent", intent.to_string()),
    ];
    Side { admin, ids: ids.into() }
}

/// Replaces `{their lead}` and its like.
fn filled(template: &str, whose: &str, ids: &Ids) -> String {
    ids.iter().fold(template.to_owned(), |text, (name, id)| text.replace(&format!("{{{whose} {name}}}"), id))
}

async fn ask(caller: &Caller, it: &Try, mine: &Ids, theirs: &Ids) -> Answer {
    let fill = |template| filled(&filled(template, "my", mine), "their", theirs);
    let method: Method = it.route.split(' ').next().unwrap().parse().unwrap();
    let mut request = caller.request(method, &fill(it.path)).header("if-match", "\"1\"");
    if !it.body.is_empty() {
        request = request.header("content-type", "application/json").body(fill(it.body));
    }
    Answer::read(request.send().await.unwrap()).await
}

/// Every row that is the organization's or speaks of its admin, from every table that there is.
async fn rows(db: &Fresh, org: i64, member: Uuid) -> BTreeSet<String> {
    let app = beside(db).await;
    let mut rows = BTreeSet::new();
    let mut tx = app.db.read(Scope::System).await.unwrap();
    for table in tx.catalog().await.unwrap() {
        let key = if table.name == "organizations" { "id" } else { "organization_id" };
        let key = table.columns.iter().position(|column| column.name == key);
        let mut all = tx.rows(&table).unwrap();
        while let Some(row) = all.try_next().await.unwrap() {
            let theirs =
                key.is_some_and(|at| row[at] == Cell::Integer(org)) || row.contains(&Cell::Uuid(member));
            if theirs {
                rows.insert(format!("{}: {row:?}", table.name));
            }
        }
    }
    drop(tx);
    app.close().await;
    rows
}

/// Lost: another dealership's customers, one guessed or leaked id at a time.
async fn a_foreign_id_is_an_absent_one_everywhere(db: &Fresh) {
    let daemon = Daemon::start_with(settings(&db.url, STILL)).await;
    let stranger = Caller::stranger(&daemon);
    let mut dana = furnish(&stranger, "dana@example.com", "Dana Motors", "+13035550198").await;
    let eli = furnish(&stranger, "eli@example.com", "Eli Cars", "+13035550199").await;
    let app = beside(db).await;
    let turn: TurnId = dana.ids["message"].parse().unwrap();
    dana.ids.insert("token", app.callbacks.make(Bound { org: OrgKey::new(1), turn, attempt: 1 }));
    app.close().await;
    let member: Uuid = dana.ids["member"].parse().unwrap();
    let before = rows(db, 1, member).await;
    assert!(before.len() >= 25, "there is something to lose: {before:#?}");
    let mut odd = Vec::new();
    for it in TRIES {
        let nobody: Ids = dana.ids.keys().map(|name| (*name, Uuid::now_v7().to_string())).collect();
        let foreign = ask(&eli.admin, it, &eli.ids, &dana.ids).await;
        let absent = ask(&eli.admin, it, &eli.ids, &nobody).await;
        let (Same::Answer(status) | Same::Status(status)) = it.same;
        let equal = foreign.status == absent.status
            && (foreign.text == absent.text || it.same == Same::Status(status))
            && foreign.status.as_u16() == status;
        if !equal {
            odd.push(format!("{} {}: {foreign:?}\n  and of nobody {absent:?}", it.route, it.field));
        }
        for name in dana.ids.values().filter(|id| !filled(it.path, "their", &dana.ids).contains(*id)) {
            let echoed = filled(it.body, "their", &dana.ids).contains(name.as_str());
            assert!(echoed || !foreign.text.contains(name.as_str()), "{} tells of {name}", it.route);
        }
        let after = rows(db, 1, member).await;
        assert_eq!(after, before, "{} {}", it.route, it.field);
    }
    assert!(odd.is_empty(), "{}", odd.join("\n"));
    daemon.stop().await;
}

/// The table is whole: every route is in it, every id in a path, a query or a body is tried.
#[test]
fn every_route_and_every_id_is_tried() {
    let routes = ids_of_routes();
    let tried: BTreeSet<&str> = TRIES.iter().map(|it| it.route).collect();
    let without: BTreeSet<&str> = WITHOUT.iter().copied().collect();
    let listed: BTreeSet<&str> = tried.union(&without).copied().collect();
    let known: BTreeSet<&str> = routes.keys().map(String::as_str).collect();
    assert_eq!(known, listed, "a route without a probe, or a probe without a route");
    assert!(tried.is_disjoint(&without));
    for (route, ids) in &routes {
        for id in ids {
            let tried = TRIES.iter().any(|it| it.route == route && it.field == id);
            assert!(tried, "{id} of {route} is an id that nobody tries: add it to the table");
        }
    }
    for it in TRIES {
        let theirs = it.path.matches("{their ").count() + it.body.matches("{their ").count();
        assert_eq!(theirs, 1, "{} {} tries one id at a time", it.route, it.field);
        assert!(it.body.is_empty() || serde_json::from_str::<Value>(it.body).is_ok(), "{}", it.body);
    }
}
