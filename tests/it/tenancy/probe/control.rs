//! The other half of the proof: what two is refused, one is given. A probe that nobody would be answered proves nothing.

use reqwest::Method;

use super::{
    furnish::Side,
    holdings::Holdings,
    routes::{Door, Field, Place, Route, Takes},
    sample,
};
use crate::support::caller::{Answer, Caller};

/// Every place of an id takes one of those that were tried there, when they are the caller's own.
pub(super) async fn the_owner_is_let_in(owner: &Caller, one: &Side, held: &Holdings, routes: &[Route]) {
    let mut routes: Vec<&Route> = routes.iter().filter(|route| route.door != Door::Carrier).collect();
    // What takes things away comes last.
    routes.sort_by_key(|route| (route.method == Method::DELETE, &route.path));
    for route in routes {
        for field in route.fields.iter().filter(|field| field.takes == Takes::Id) {
            let mut answers = Vec::new();
            // What is likely before everything else.
            let likely = one.own.get(route.of()).into_iter().chain(one.own.values()).cloned();
            for id in likely.chain(held.every_id().map(|id| id.to_string())) {
                let answer = ask(owner, one, route, field, &id).await;
                answers.push(answer.status.as_u16());
                if reached(&answer) {
                    break;
                }
            }
            let last = answers.last().copied().unwrap_or(404);
            assert!(
                last < 300 || matches!(last, 409 | 412 | 422),
                "{} {}: {answers:?}",
                route.name(),
                field.name
            );
        }
    }
}

/// Done, or refused for what is known of the very thing.
fn reached(answer: &Answer) -> bool {
    let empty = answer.text.contains("\"items\":[]");
    matches!(answer.status.as_u16(), 409 | 412 | 422) || answer.status.is_success() && !empty
}

async fn ask(owner: &Caller, one: &Side, route: &Route, field: &Field, id: &str) -> Answer {
    let own = one.own.get(route.of()).map_or("", String::as_str);
    let path = match field.place {
        Place::Path => route.filled(id),
        Place::Query => format!("{}?{}={id}", route.filled(own), field.name),
        Place::Body => route.filled(own),
    };
    let mut request = owner.request(route.method.clone(), &path).header("if-match", "*");
    if let Some(mut body) = sample::body(route, &one.email) {
        if field.place == Place::Body {
            sample::put(&mut body, &field.name, id.into());
        }
        request = request.json(&body);
    }
    Answer::read(request.send().await.unwrap()).await
}
