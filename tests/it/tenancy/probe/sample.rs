//! A body that a route takes, made from its schema: what is refused for its form never reaches what the probe is about.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use super::routes::{Route, is};
use crate::support::caller::PASSWORD;

/// Another number each time.
fn fresh() -> usize {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    MADE.fetch_add(1, Ordering::Relaxed)
}

/// A phone number that nobody was given before.
pub(super) fn phone() -> String {
    static GIVEN: AtomicUsize = AtomicUsize::new(0);
    let number = GIVEN.fetch_add(1, Ordering::Relaxed);
    format!("+1{}555{:04}", 201 + number / 100, 100 + number % 100)
}

/// `email` is the one of whoever signs in.
pub(super) fn body(route: &Route, email: &str) -> Option<Value> {
    let signs_in = ["login", "accept"].iter().any(|end| route.path.ends_with(end));
    let mut body = object(route.body.as_ref()?);
    if signs_in {
        body["email"] = email.into();
    }
    Some(body)
}

/// What is required; all there is where nothing is.
fn object(schema: &Value) -> Value {
    let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
    let members = schema["properties"].as_object().into_iter().flatten();
    // Who signs up by no invite founds an organization.
    let wanted =
        |name: &String| required.is_empty() || name == "organization" || required.contains(&&json!(name));
    members.filter(|(name, _)| wanted(name)).map(|(name, of)| (name.clone(), value(name, of))).collect()
}

fn value(name: &str, schema: &Value) -> Value {
    match name {
        "email" => format!("probe{}@example.com", fresh()).into(),
        "password" | "current_password" | "new_password" => PASSWORD.into(),
        "phone" | "phone_number" => phone().into(),
        "role" => "viewer".into(),
        "to" => "me".into(),
        "as" => "not_sent".into(),
        "account_sid" => format!("AC{:032x}", fresh()).into(),
        "address_state" => "CO".into(),
        "time_zone" => "America/Denver".into(),
        "assigned_to" => Value::Null,
        "fields" => json!({"employer": "Example Foods"}),
        "days" => json!({"messages": 400}),
        _ => of(schema),
    }
}

fn of(schema: &Value) -> Value {
    if let Some(word) = schema["enum"].get(0) {
        word.clone()
    } else if schema["properties"].is_object() {
        object(schema)
    } else if schema["format"] == "uuid" {
        Uuid::now_v7().to_string().into()
    } else if is(schema, "array") {
        json!([])
    } else if is(schema, "boolean") {
        false.into()
    } else if is(schema, "integer") {
        1.into()
    } else {
        format!("Example {}", fresh()).into()
    }
}

/// Puts `value` where `name` says, dots and all.
pub(super) fn put(body: &mut Value, name: &str, value: Value) {
    let place = name.split('.').fold(body, |at, member| {
        if !at.is_object() {
            *at = json!({});
        }
        &mut at[member]
    });
    *place = value;
}
