//! Members of bodies: those that there are, and those by which somebody would give themselves more than they have.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Ask, Like, Means, Pair, Try};
use crate::tenancy::probe::{
    routes::{Door, Field, Place, Route, Takes},
    sample,
};

const NAMES: [&str; 6] = ["organization_id", "organization", "org", "tenant_id", "user_id", "role"];
/// Wrong passwords and codes are few before somebody has to wait.
const SIGN_INS: usize = 3;
/// Ids that are written into one text: it is kept as it is.
const STORED: usize = 8;

/// An id of every kind where an id stands.
pub(super) fn ids(means: &Means<'_>, route: &Route) -> Vec<Try> {
    let mut tries = Vec::new();
    for field in route.at(Place::Body).filter(|field| field.takes == Takes::Id) {
        let most = if route.door == Door::Anybody { SIGN_INS } else { usize::MAX };
        // An id that was used once is somebody's.
        let ids = means.held.one_of_each().take(most);
        let ids = ids.map(|id| Pair { theirs: id.to_string(), nobody: Uuid::now_v7().to_string() });
        tries.extend(ids.map(|id| id.tried(&field.name, |id| with(means, route, field, id))));
    }
    tries
}

/// Ids and words of theirs where others stand. Those of one's own account are proofs and no place for an id.
pub(super) fn texts(means: &Means<'_>, route: &Route) -> Vec<Try> {
    let account = ["/api/v1/auth/", "/api/v1/me/"].iter().any(|under| route.path.starts_with(under));
    let mut tries = Vec::new();
    for field in route.at(Place::Body).filter(|field| field.takes != Takes::Id) {
        let ids = match field.takes {
            Takes::Text | Takes::Texts if account => Vec::new(),
            Takes::Text | Takes::Texts => means.one_of_each().into_iter().take(STORED).collect(),
            _ => vec![means.pair(&means.one.id)],
        };
        tries.extend(ids.iter().map(|id| id.tried(&field.name, |id| with(means, route, field, id))));
        let Some(named) = means.named(&field.name) else { continue };
        let mut named = named.tried(&field.name, |value| with(means, route, field, value));
        if matches!(field.name.as_str(), "phone_number" | "organization.slug") {
            named.like = Like::Anything;
        }
        tries.push(named);
    }
    tries
}

/// A member that is not in the schema is refused by its name, so nobody is given another organization or role by it.
pub(super) fn members_that_there_are_not(means: &Means<'_>, route: &Route) -> Vec<Try> {
    let Some(schema) = &route.body else { return Vec::new() };
    let names = NAMES.into_iter().filter(|name| schema["properties"].get(name).is_none());
    let tries = names.map(|name| {
        let field = Field { place: Place::Body, name: name.to_owned(), takes: Takes::Text };
        let value = if name == "role" { "admin" } else { &means.one.id };
        let ask = with(means, route, &field, value);
        Try { field: name.to_owned(), value: value.to_owned(), ask, like: Like::Refused(name) }
    });
    tries.collect()
}

/// The request about two's own with `value` in the field.
fn with(means: &Means<'_>, route: &Route, field: &Field, value: &str) -> Ask {
    let mut ask = means.ask(route, route.filled(&means.own(route)));
    let mut body: Value = serde_json::from_str(&ask.body).unwrap();
    let value = if field.takes == Takes::Texts { json!([value]) } else { value.into() };
    sample::put(&mut body, &field.name, value);
    ask.body = body.to_string();
    ask
}

impl Means<'_> {
    /// What one has by the name of the field, where an id would be refused for its form.
    fn named(&self, field: &str) -> Option<Pair> {
        let (word, secrets) = (&self.one.word, &self.one.secrets);
        let pair = |theirs: &str, nobody: String| Some(Pair { theirs: theirs.to_owned(), nobody });
        match field.rsplit('.').next().unwrap_or(field) {
            "phone" => pair(&secrets["phone"], sample::phone()),
            "phone_number" => pair(&self.one.line.number, sample::phone()),
            "invite_token" => pair(&secrets["invite_token"], secrets["invite_token"].chars().rev().collect()),
            "account_sid" => pair(&self.one.line.account, format!("AC{:032x}", u32::MAX)),
            "slug" => pair(&self.one.slug(), "nobody-motors".to_owned()),
            "name" => pair(&format!("{word} Customer 0"), "Nobody Customer 0".to_owned()),
            "vehicle" => {
                pair(&format!("1{}00000000001", word.to_uppercase()), "1NOBODY00000000001".to_owned())
            }
            _ => None,
        }
    }
}
