//! The API's document: complete, true to the router, and the copy in `docs/` is the one that is served.

use std::{collections::BTreeSet, fs, path::Path};

use lotlined::http::{openapi, route::documentation, router};
use reqwest::StatusCode;
use serde_json::Value;

use crate::support::{caller::Caller, daemon, daemon::Daemon, db::Fresh};

fn document() -> Value {
    serde_json::from_str(&documentation::document()).unwrap()
}

/// Every operation as (method, path, what the document says of it).
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, of)| (method.as_str(), path.as_str(), of))
        })
        .collect()
}

/// Whoever generates a client from the repository would speak another contract than the daemon.
#[test]
fn the_copy_in_the_repository_is_the_document() {
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let same = fs::read_to_string(&copy).unwrap_or_default() == documentation::document();
    assert!(same, "docs/openapi.json is old: run `cargo run -p lotlined -- openapi > docs/openapi.json`");
}

/// A caller who trusts the document would meet bodies, refusals or doors that it does not tell of.
#[test]
fn every_operation_is_described_whole() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        assert!(operation["summary"].is_string(), "{name} does not say what it does: write a doc comment");
        assert!(operation["security"].is_array(), "{name} does not say who may call it: state `security`");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{name} has another's operationId");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} has no good answer");
        for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
            assert!(response["content"].is_object(), "{name}: {status} has no body");
        }
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for member in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let named = parameters.iter().any(|of| of["in"] == "path" && of["name"] == member);
            assert!(named, "{name} does not describe {member}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let found = document.pointer(reference.trim_start_matches('#'));
        assert!(
            found.is_some(),
            "{reference} is not described: add the type to `answers` in http/openapi.rs"
        );
    }
}

fn collect<'v>(value: &'v Value, references: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

/// A route beside the document would be beside the role matrix too.
#[tokio::test]
async fn every_route_of_the_router_is_in_the_document() {
    let db = Fresh::sqlite();
    let app = daemon::beside(&db).await;
    let inside = format!("{:?}", router::router(app.clone()));
    let served: BTreeSet<&str> = inside.split('"').filter(|text| text.starts_with('/')).collect();
    // What answers when no route does.
    let fallback = ["/", "/{*__private__axum_fallback}"];
    let served: BTreeSet<&str> = served.into_iter().filter(|path| !fallback.contains(path)).collect();
    let document = document();
    let described: BTreeSet<&str> =
        document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(served, described);
    app.close().await;
    db.remove().await;
}

/// The matrix of roles is walked from this table.
#[test]
fn the_table_of_roles_names_every_route() {
    let table = openapi::roles(router::document());
    let document = document();
    assert_eq!(table.len(), operations(&document).len());
    let role =
        |method, path| table.iter().find(|r| r.method == method && r.path == path).unwrap().role.as_deref();
    assert_eq!(role("GET", "/api/v1/leads"), Some("viewer"));
    assert_eq!(role("PUT", "/api/v1/carrier"), Some("admin"));
    assert_eq!(role("POST", "/api/v1/auth/login"), None);
    let words = ["viewer", "agent", "manager", "admin"];
    assert!(table.iter().filter_map(|route| route.role.as_deref()).all(|role| words.contains(&role)));
}

/// A caller whose line breaks must be able to ask again without doing it twice.
#[test]
fn every_post_with_an_effect_takes_a_key() {
    // Sign-in answers and passwords are nothing to keep; the check changes nothing.
    const WITHOUT: &[&str] = &["/api/v1/auth/", "/api/v1/me/", "contact-check", "/api/webhooks/"];
    for (method, path, operation) in operations(&document()) {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let takes = parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key");
        let should = method == "post" && !WITHOUT.iter().any(|part| path.contains(part));
        assert_eq!(takes, should, "{method} {path}: `params(IdempotencyKey)` and `do_once` belong together");
    }
}

/// A filter that is mistyped and passed over shows customers that nobody asked for, or deletes what nobody meant.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_a_parameter_that_it_does_not_know() {
    let db = Fresh::sqlite();
    let daemon = Daemon::start(&db).await;
    let (admin, _) = Caller::stranger(&daemon).found("dana@example.com", "Dana Motors").await;
    let document = document();
    for (method, path, _) in operations(&document) {
        let place: Vec<&str> =
            path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
        let ask = format!("{}?nonsense=1", place.join("/"));
        let answer = admin.call(method.to_uppercase().parse().unwrap(), &ask, None).await;
        let refused = answer.status == 400 && answer.json()["field"] == "nonsense";
        // A carrier may append what it likes: its signature covers it.
        assert_eq!(refused, !path.starts_with("/api/webhooks/"), "{method} {ask}: {answer:?}");
    }
    let hostile = admin.get("/healthz?%1b%5d52=1").await;
    assert_eq!((hostile.status.as_u16(), hostile.json()["field"].as_str()), (400, Some("query")));
    let known = admin.get("/api/v1/leads?limit=1&nonsense=1").await;
    assert!(known.json()["title"].as_str().unwrap().contains("`limit`"), "{}", known.text);
    assert_eq!(admin.get("/api/v1/leads?limit=1").await.status, 200);
    daemon.stop().await;
    db.remove().await;
}

/// Behind a firewall the page must work as it does here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_works_without_the_internet() {
    let db = Fresh::sqlite();
    let daemon = Daemon::start(&db).await;
    let stranger = Caller::stranger(&daemon);
    let json = stranger.get("/openapi.json").await;
    assert_eq!(json.text, documentation::document());
    let page = stranger.get("/docs").await;
    assert!(!page.text.contains("http:") && !page.text.contains("https:"), "{}", page.text);
    let parts: Vec<&str> = page.text.split('"').filter(|text| text.starts_with("docs/")).collect();
    assert!(parts.len() >= 3);
    for part in parts {
        let answer = stranger.get(&format!("/{part}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{part}");
        assert!(!answer.text.is_empty());
    }
    let settings = stranger.get("/docs/swagger-initializer.js").await.text;
    assert!(
        settings.contains("openapi.json") && settings.contains("\"validatorUrl\": \"none\""),
        "{settings}"
    );
    assert_eq!(stranger.get("/docs/..%2f..%2fetc%2fpasswd").await.status, StatusCode::NOT_FOUND);
    daemon.stop().await;
    db.remove().await;
}
