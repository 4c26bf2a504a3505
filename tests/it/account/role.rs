//! Every route in every role: what a role may do is a table here, and nothing of the router is missing from it.

mod table;

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use lotline_common::api::{api_key::KeyScope, auth::Role};
use lotlined::http::{openapi, router};
use reqwest::Method;
use serde_json::json;

use crate::support::{caller::Caller, contract, db::Fresh, house::House};
use table::{Fill, Reach, Row, TABLE};

both_engines!(each_role_reaches_what_it_may_and_no_more, each_scope_opens_its_own_routes_and_no_others,);

/// From the least to the most.
const ROLES: [Role; 4] = [Role::Viewer, Role::Agent, Role::Manager, Role::Admin];
const COLUMNS: [&str; 10] = [
    "nobody",
    "viewer",
    "agent",
    "manager",
    "admin",
    "key: viewer",
    "key: agent",
    "key: manager",
    "key: admin",
    "admin elsewhere",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A route that nobody thought about is open to whoever finds it; and the document must tell of the same doors.
#[test]
fn every_route_is_in_the_table_and_the_document_says_the_same() {
    let told = openapi::roles(router::document());
    let told: BTreeSet<String> = told
        .iter()
        .map(|route| {
            let keys = route.keys.then(|| route.scope.map_or("no scope", KeyScope::as_str));
            door(route.method, &route.path, route.role.as_deref(), keys)
        })
        .collect();
    let listed: BTreeSet<String> = TABLE.iter().map(Row::door).collect();
    assert!(told.len() > 40 && told.iter().any(|door| door.starts_with("DELETE /api/v1/me/totp ")));
    assert_eq!(told, listed, "left: the router and its document, right: the table");
}

fn door(method: &str, path: &str, role: Option<&str>, keys: Option<&str>) -> String {
    let (role, keys) = (role.unwrap_or("nobody"), keys.unwrap_or("no key"));
    format!("{method} {path} from {role}, {keys}")
}

impl Row {
    fn door(&self) -> String {
        let (role, keys) = match self.reach {
            Reach::Anybody => (None, None),
            Reach::Person(least) => (Some(least.as_str()), None),
            Reach::Role(least, scope) => (Some(least.as_str()), Some(scope.as_str())),
        };
        door(self.method, self.path, role, keys)
    }
}

/// Somebody in each column.
struct Cast {
    callers: Vec<Caller>,
    /// In the organization of all but the last.
    lead: String,
}

async fn cast(house: &House) -> Cast {
    let (dana, at_dana) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let (elsewhere, _) = house.stranger.found("fay@example.com", "Fay Autos").await;
    let lead = dana.post("/api/v1/leads", json!({"phone": "+13035550101"})).await.json();
    let mut callers = vec![house.stranger.clone()];
    for role in ROLES {
        callers.push(house.member(&at_dana, &format!("{role}@example.com"), role).await.0);
    }
    for role in ROLES {
        let made = dana.post("/api/v1/api-keys", json!({"name": "CRM", "role": role})).await.json();
        callers.push(house.stranger.with(made["key"].as_str().unwrap()));
    }
    callers.push(elsewhere);
    Cast { callers, lead: lead["id"].as_str().unwrap().to_owned() }
}

/// What each column must be answered.
fn expected(row: &Row) -> [u16; 10] {
    let refused = |may: bool| if may { row.status } else { 403 };
    let reaches = |least: Role| ROLES.map(|role| refused(role <= least));
    let (people, keys) = match row.reach {
        Reach::Anybody => return [row.status; 10],
        Reach::Person(least) => (reaches(least), [403; 4]),
        Reach::Role(least, _) => (reaches(least), reaches(least)),
    };
    // The request is looked at before the row; a foreign row is an absent one.
    let foreign = if row.fill == Fill::Lead && !matches!(row.status, 400 | 428) { 404 } else { row.status };
    let mut all = [401; 10];
    all[1..5].copy_from_slice(&people);
    all[5..9].copy_from_slice(&keys);
    all[9] = foreign;
    all
}

async fn each_role_reaches_what_it_may_and_no_more(db: &Fresh) {
    let house = House::open(db).await;
    let cast = cast(&house).await;
    let mut page = heading();
    let mut wrong = Vec::new();
    for row in TABLE {
        let mut found = [0; 10];
        for (status, caller) in found.iter_mut().zip(&cast.callers) {
            *status = ask(caller, row, &cast.lead).await;
        }
        let cells = found.map(|status| status.to_string()).join(" | ");
        let scope = if let Reach::Role(_, scope) = row.reach { scope.as_str() } else { "" };
        writeln!(page, "| `{} {}` | {cells} | {scope} |", row.method, row.path).unwrap();
        if found != expected(row) {
            wrong.push(format!("{} {}\n  is   {found:?}\n  want {:?}", row.method, row.path, expected(row)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let kept = fs::read_to_string(root().join("docs/roles.md")).unwrap_or_default();
    assert!(kept == page, "docs/roles.md is not what the daemon does; it should be:\n{page}");
    house.stop().await;
}

/// A key that was made for one thing must be good for that and for nothing else: here an admin's, for each scope, at
/// every route.
async fn each_scope_opens_its_own_routes_and_no_others(db: &Fresh) {
    let house = House::open(db).await;
    let (dana, _) = house.stranger.found("dana@example.com", "Dana Motors").await;
    let lead = dana.post("/api/v1/leads", json!({"phone": "+13035550101"})).await.json();
    let (lead, mut wrong) = (lead["id"].as_str().unwrap(), Vec::new());
    for scope in KeyScope::ALL {
        let asked = json!({"name": "CRM", "role": "admin", "scopes": [scope]});
        let made = dana.post("/api/v1/api-keys", asked).await.json();
        let key = house.stranger.with(made["key"].as_str().unwrap());
        for row in TABLE {
            let want = match row.reach {
                Reach::Anybody => row.status,
                Reach::Role(_, needed) if needed == *scope => row.status,
                Reach::Role(..) | Reach::Person(_) => 403,
            };
            let found = ask(&key, row, lead).await;
            if found != want {
                wrong.push(format!("{scope} at {} {}: {found}, not {want}", row.method, row.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    house.stop().await;
}

/// The status alone: a stream has no end to wait for.
async fn ask(caller: &Caller, row: &Row, lead: &str) -> u16 {
    let id = match row.fill {
        Fill::Lead => lead.to_owned(),
        // Which asset of the page, and which message: none.
        Fill::Absent => uuid::Uuid::now_v7().to_string(),
    };
    let path = row.path.replace("{id}", &id).replace("{token}", &id).replace("{part}", &id);
    let method = Method::from_bytes(row.method.as_bytes()).unwrap();
    let mut request = caller.request(method.clone(), &path);
    if row.body {
        request = request.json(&json!({}));
    }
    let status = request.send().await.unwrap().status();
    contract::holds(&method, &path, status);
    status.as_u16()
}

fn heading() -> String {
    let mut page = "# Who may do what

What each caller was answered when the tests last asked every route. Where the request is empty on purpose, a caller who
is let through gets 400 for the body, or 404 for an id that is not there; 401 is nobody, 403 is a role that does not
reach. An API key has the role it was made with. An admin of another organization finds nothing of this one. A key that
was narrowed to scopes needs the one in the last column as well.

"
    .to_owned();
    writeln!(page, "| route | {} | scope |\n|---|{}---|", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()))
        .unwrap();
    page
}
