//! Filters, words to search for and cursors.

use url::form_urlencoded::byte_serialize;

use super::{Ask, Means, Pair, Try};
use crate::tenancy::probe::routes::{Place, Route, Takes};

/// Every id in every filter, and every word of theirs in whatever takes words.
pub(super) fn fields(means: &Means<'_>, route: &Route) -> Vec<Try> {
    let mut tries = Vec::new();
    let base = means.ask(route, route.filled(&means.own(route)));
    for field in route.at(Place::Query) {
        for caller in means.callers(route) {
            let first = caller == base.caller;
            if field.takes == Takes::Other && !first {
                break;
            }
            let mut values =
                if first && field.takes == Takes::Id { means.every_id() } else { means.one_of_each() };
            if field.takes == Takes::Text {
                values.extend(means.words().into_iter().take(if first { usize::MAX } else { 2 }));
            }
            tries.extend(values.iter().map(|value| {
                value.tried(&field.name, |value| {
                    let path = format!("{}?{}={}", base.path, field.name, encoded(value));
                    Ask { caller, path, ..base.clone() }
                })
            }));
        }
    }
    tries
}

/// Every cursor that one was given, in every list; in its own list with the query that it was given for.
pub(super) fn cursors(means: &Means<'_>, route: &Route) -> Vec<Try> {
    if !route.at(Place::Query).any(|field| field.name == "cursor") {
        return Vec::new();
    }
    let base = means.ask(route, String::new());
    let mut tries = Vec::new();
    for cursor in means.cursors {
        let query = if cursor.route == route.path { &cursor.query } else { "" };
        // As damaged as it gets: right in its form, and sealed by nobody.
        let value = Pair { theirs: cursor.text.clone(), nobody: cursor.text.chars().rev().collect() };
        let theirs = means.theirs(route).theirs;
        for (caller, id) in
            means.callers(route).flat_map(|who| [(who, means.own(route)), (who, theirs.clone())])
        {
            tries.push(value.tried("cursor", |value| {
                let path = format!("{}?{query}cursor={value}", route.filled(&id));
                Ask { caller, path, ..base.clone() }
            }));
        }
    }
    tries
}

pub(super) fn encoded(value: &str) -> String {
    byte_serialize(value.as_bytes()).collect()
}

impl Means<'_> {
    /// What somebody would search for: the name, a number, addresses, what was said.
    fn words(&self) -> Vec<Pair> {
        let texts = self.held.texts.iter().filter(|text| text.contains(&self.one.word) && text.len() < 100);
        let words =
            [&self.one.word, &self.one.secrets["phone"], &self.one.line.number].into_iter().chain(texts);
        words
            .map(|word| Pair { theirs: word.clone(), nobody: word.replace(&self.one.word, "Nobody") })
            .collect()
    }
}
