//! Every route and every id that it takes, read from the document that the router itself makes.

use std::collections::{BTreeMap, BTreeSet};

use lotlined::http::route::documentation;
use serde_json::Value;

/// By method and path: the names of the ids that a caller puts into its path, query and body.
pub(super) fn ids_of_routes() -> BTreeMap<String, BTreeSet<String>> {
    let document: Value = serde_json::from_str(&documentation::document()).unwrap();
    let mut routes = BTreeMap::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let mut ids = BTreeSet::new();
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap();
                find(&document, name, &parameter["schema"], &mut ids);
            }
            for body in
                operation["requestBody"]["content"].as_object().into_iter().flat_map(|body| body.values())
            {
                find(&document, "body", &body["schema"], &mut ids);
            }
            routes.insert(format!("{} {path}", method.to_uppercase()), ids);
        }
    }
    routes
}

/// Follows a schema through references, choices, lists and members to whatever is an id.
fn find(document: &Value, name: &str, schema: &Value, ids: &mut BTreeSet<String>) {
    if schema["format"] == "uuid" {
        ids.insert(name.to_owned());
    }
    if let Some(reference) = schema["$ref"].as_str() {
        find(document, name, document.pointer(reference.trim_start_matches('#')).unwrap(), ids);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        schema[choice].as_array().into_iter().flatten().for_each(|one| find(document, name, one, ids));
    }
    if schema["items"].is_object() {
        find(document, name, &schema["items"], ids);
    }
    for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
        find(document, member, schema, ids);
    }
}

/// A reader that sees nothing would let everything pass.
#[test]
fn ids_are_found_wherever_they_stand() {
    let routes = ids_of_routes();
    let expect = |route: &str, names: &[&str]| {
        let names: BTreeSet<String> = names.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(routes[route], names, "{route}");
    };
    expect("GET /api/v1/leads", &["assigned_to"]);
    expect("PATCH /api/v1/leads/{id}", &["id", "assigned_to"]);
    expect("POST /api/v1/leads/{id}/messages", &["id", "client_id"]);
    expect("POST /api/v1/auth/switch", &["organization_id"]);
    expect("POST /api/v1/leads", &[]);
}
