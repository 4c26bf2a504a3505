//! What stands beside path and body: headers and parameters that name an organization, and keys of idempotency.

use reqwest::Method;

use super::{Ask, Like, Means, Pair, Try};
use crate::tenancy::probe::routes::{Door, Place, Route};

const HEADERS: [&str; 8] = [
    "organization-id",
    "x-organization-id",
    "x-organization",
    "x-org-id",
    "x-tenant-id",
    "x-tenant",
    "x-user-id",
    "x-forwarded-user",
];
const PARAMETERS: [&str; 5] = ["organization_id", "organization", "org", "tenant_id", "lead_id"];

/// One's things, or two's own where a path names none, asked for in one's name.
pub(super) fn names(means: &Means<'_>, route: &Route) -> Vec<Try> {
    let about_theirs = route.at(Place::Path).next().is_some();
    let harmless = route.reads() || about_theirs;
    // Whoever signs themselves out asks for nothing more.
    let asked = route.door == Door::Member || route.door == Door::Person && harmless;
    if !asked {
        return Vec::new();
    }
    let path = route.filled(&means.theirs(route).theirs);
    // Fresh each time: what is entered twice is refused.
    let ask = || means.ask(route, path.clone());
    let id = means.pair(&means.one.id);
    let mut tries = Vec::new();
    for name in HEADERS {
        tries.push(id.tried(name, |id| headed(ask(), name, id)));
    }
    for name in PARAMETERS {
        let with = |id: &str| Ask { path: format!("{path}?{name}={id}"), ..ask() };
        tries.push(id.tried(name, with));
    }
    tries.push(id.tried("cookie", |id| headed(ask(), "cookie", &format!("organization={id}; org={id}"))));
    // By the name in its address, and by the number that its rows have inside.
    for (theirs, nobody) in [(means.one.slug(), "nobody-motors".to_owned()), ("1".into(), "987654321".into())]
    {
        tries.push(Pair { theirs, nobody }.tried("x-organization", |it| headed(ask(), "x-organization", it)));
    }
    tries
}

fn headed(mut ask: Ask, name: &'static str, value: &str) -> Ask {
    ask.headers.push((name, value.to_owned()));
    ask
}

/// What one asked under a key, asked again by two: the same path, body and key.
pub(super) fn repeats(means: &Means<'_>) -> Vec<Try> {
    let mut tries = Vec::new();
    for said in &means.one.said {
        // A key belongs to a person; some of them are enough.
        for caller in (0..means.two.callers.len()).step_by(3) {
            let ask = Ask {
                caller,
                method: Method::POST,
                path: said.path.clone(),
                headers: vec![("idempotency-key", said.key.clone())],
                body: said.body.to_string(),
            };
            let about = said.path.split('/').find(|part| part.len() == 36);
            let like = about.map_or(Like::Anything, |id| {
                let path = said.path.replace(id, &means.nobody.to_string());
                Like::Absent(Ask { path, ..ask.clone() })
            });
            tries.push(Try { field: "Idempotency-Key".to_owned(), value: said.key.clone(), ask, like });
        }
    }
    tries
}
