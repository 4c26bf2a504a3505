//! Every route and every field that it takes, read from the document that the router itself makes.

use std::collections::BTreeSet;

use lotlined::http::route::documentation;
use reqwest::Method;
use serde_json::{Map, Value};

pub(super) struct Route {
    pub(super) method: Method,
    /// As the router has it, with names in braces.
    pub(super) path: String,
    pub(super) door: Door,
    pub(super) fields: Vec<Field>,
    /// Headers of its own, such as `If-Match`.
    pub(super) headers: BTreeSet<String>,
    /// The schema of its JSON body, without references.
    pub(super) body: Option<Value>,
    /// Its answer has no end.
    pub(super) streams: bool,
}

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Anybody,
    Carrier,
    /// A person by session.
    Person,
    /// A session or a key.
    Member,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Field {
    pub(super) place: Place,
    /// In a body with dots: `organization.slug`.
    pub(super) name: String,
    pub(super) takes: Takes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Path,
    Query,
    Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Takes {
    Id,
    Text,
    Texts,
    /// A word of ours, a time, a number, a switch or a map: no id fits in.
    Other,
}

impl Route {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(super) fn reads(&self) -> bool {
        self.method == Method::GET
    }

    pub(super) fn at(&self, place: Place) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.place == place)
    }

    /// The path with `value` in its braces.
    pub(super) fn filled(&self, value: &str) -> String {
        let parts = self.path.split('/').map(|part| if part.starts_with('{') { value } else { part });
        parts.collect::<Vec<_>>().join("/")
    }

    /// What stands before the first braces: `leads`, `drafts`.
    pub(super) fn of(&self) -> &str {
        self.path.split("/{").next().and_then(|before| before.rsplit('/').next()).unwrap_or_default()
    }
}

pub(super) fn routes() -> Vec<Route> {
    let document: Value = serde_json::from_str(&documentation::document()).unwrap();
    let mut routes = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            routes.push(read(&document, method, path, operation));
        }
    }
    routes
}

fn read(document: &Value, method: &str, path: &str, operation: &Value) -> Route {
    let mut route = Route {
        method: method.to_uppercase().parse().unwrap(),
        path: path.to_owned(),
        door: door(&operation["security"][0]),
        fields: Vec::new(),
        headers: BTreeSet::new(),
        body: None,
        streams: operation["responses"]["200"]["content"]["text/event-stream"].is_object(),
    };
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap().to_owned();
        let takes = takes(&whole(document, &parameter["schema"]));
        let place = match parameter["in"].as_str().unwrap() {
            "path" => Place::Path,
            "query" => Place::Query,
            _ => {
                route.headers.insert(name);
                continue;
            }
        };
        route.fields.push(Field { place, name, takes });
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if schema.is_object() {
        let schema = whole(document, schema);
        find("", &schema, &mut route.fields);
        route.body = Some(schema);
    }
    route
}

fn door(security: &Value) -> Door {
    match security.as_object().and_then(|scheme| scheme.keys().next()).map(String::as_str) {
        None | Some("metrics") => Door::Anybody,
        Some("twilio") => Door::Carrier,
        Some("session") => Door::Person,
        Some("bearer") => Door::Member,
        Some(other) => panic!("who comes in by {other}?"),
    }
}

/// The schema without references and choices: what any choice has, it has.
fn whole(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return whole(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    let choices = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|choice| schema[choice].as_array());
    let mut joined = Map::new();
    for choice in choices.flatten().map(|choice| whole(document, choice)).filter(|it| it["type"] != "null") {
        let Value::Object(choice) = choice else { continue };
        for (key, value) in choice {
            match (joined.get_mut(&key), value) {
                (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
                (Some(_), _) => {}
                (None, value) => drop(joined.insert(key, value)),
            }
        }
    }
    if !joined.is_empty() {
        return joined.into();
    }
    let mut schema = schema.clone();
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    members.into_iter().flatten().for_each(|(_, member)| *member = whole(document, member));
    if let Some(items) = schema.get_mut("items") {
        *items = whole(document, items);
    }
    schema
}

/// Follows a schema to whatever holds one value.
fn find(name: &str, schema: &Value, fields: &mut Vec<Field>) {
    let Some(members) = schema["properties"].as_object() else {
        fields.push(Field { place: Place::Body, name: name.to_owned(), takes: takes(schema) });
        return;
    };
    for (member, schema) in members {
        let name = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
        find(&name, schema, fields);
    }
}

fn takes(schema: &Value) -> Takes {
    if schema["format"] == "uuid" {
        Takes::Id
    } else if is(schema, "string") && schema["enum"].is_null() && schema["format"].is_null() {
        Takes::Text
    } else if is(schema, "array") {
        Takes::Texts
    } else {
        Takes::Other
    }
}

/// Is it of this type, or this type or null?
pub(super) fn is(schema: &Value, kind: &str) -> bool {
    let kinds = &schema["type"];
    kinds == kind || kinds.as_array().is_some_and(|kinds| kinds.iter().any(|it| it == kind))
}

/// A reader that sees nothing would let everything pass.
#[test]
fn ids_are_found_wherever_they_stand() {
    let routes = routes();
    let expect = |name: &str, names: &[&str]| {
        let route = routes.iter().find(|route| route.name() == name).unwrap();
        let ids = route.fields.iter().filter(|field| field.takes == Takes::Id);
        let ids: BTreeSet<&str> = ids.map(|field| field.name.as_str()).collect();
        assert_eq!(ids, names.iter().copied().collect(), "{name}");
    };
    expect("GET /api/v1/leads", &["assigned_to"]);
    expect("PATCH /api/v1/leads/{id}", &["id", "assigned_to"]);
    expect("POST /api/v1/leads/{id}/messages", &["id", "client_id"]);
    expect("POST /api/v1/auth/switch", &["organization_id"]);
    expect("POST /api/v1/auth/login", &["organization_id"]);
    expect("POST /api/v1/leads", &[]);
    let sign_up = routes.iter().find(|route| route.path.ends_with("/signup")).unwrap();
    assert!(sign_up.fields.iter().any(|field| field.name == "organization.slug"));
    assert_eq!(routes.iter().filter(|route| route.streams).count(), 1);
}
