//! Ids in paths: of the right kind and of every other, by everybody who may knock, however they are written.

use super::{Ask, Means, Pair, Try};
use crate::tenancy::probe::routes::{Place, Route};

/// Another way to write an id.
const SPELLINGS: [fn(&str) -> String; 14] = [
    |id| id.to_uppercase(),
    |id| id.replace('-', ""),
    |id| format!("%7B{id}%7D"),
    |id| format!("urn:uuid:{id}"),
    |id| id.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat(),
    |id| format!("%20{id}"),
    |id| format!("{id}%00"),
    |id| format!("{id}%0a"),
    |id| format!("{id}/"),
    |id| format!("/{id}"),
    |id| format!("{id}%2f"),
    |id| format!("..%2f{id}"),
    |id| format!("{id};v=1"),
    |id| format!("{id},{id}"),
];

/// Every id by the first caller, one of each kind by the others.
pub(super) fn ids(means: &Means<'_>, route: &Route) -> Vec<Try> {
    let mut tries = Vec::new();
    let base = means.ask(route, String::new());
    for field in route.at(Place::Path) {
        for caller in means.callers(route) {
            let ids = means.ids(caller, base.caller);
            let token = Pair { theirs: means.tokens.0.clone(), nobody: means.tokens.1.clone() };
            tries.extend(ids.iter().chain([&token]).map(|id| {
                id.tried(&field.name, |id| Ask { caller, path: route.filled(id), ..base.clone() })
            }));
        }
    }
    tries
}

/// One id in every spelling, and the numbers that rows have inside.
pub(super) fn spellings(means: &Means<'_>, route: &Route) -> Vec<Try> {
    let Some(field) = route.at(Place::Path).next() else { return Vec::new() };
    let base = means.ask(route, String::new());
    let ask = |id: &str| Ask { path: route.filled(id), ..base.clone() };
    let id = means.theirs(route);
    let mut tries: Vec<Try> =
        SPELLINGS.iter().map(|spell| id.tried(&field.name, |id| ask(&spell(id)))).collect();
    for number in ["1", "2", "3", "0", "-1"] {
        let inside = Pair { theirs: number.to_owned(), nobody: "987654321".to_owned() };
        tries.push(inside.tried(&field.name, ask));
    }
    // Before the path, and after it.
    tries.push(
        id.tried("a double slash", |id| Ask { path: format!("/{}", route.filled(id)), ..base.clone() }),
    );
    tries.push(id.tried("upper case", |id| Ask { path: route.filled(id).to_uppercase(), ..base.clone() }));
    if route.headers.contains("If-Match") {
        for version in 1..=6 {
            let headers = vec![("if-match", format!("\"{version}\""))];
            tries.push(id.tried("If-Match", |id| Ask { headers: headers.clone(), ..ask(id) }));
        }
    }
    tries
}
