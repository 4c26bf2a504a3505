//! Every answer that a test gets is one that the API's document tells of.

use std::sync::LazyLock;

use lotlined::http::route::documentation;
use reqwest::{Method, StatusCode};
use serde_json::Value;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&documentation::document()).unwrap());

/// Fails when the document has the operation and not the status.
pub(crate) fn holds(method: &Method, path: &str, status: StatusCode) {
    let method = method.as_str().to_lowercase();
    let operation = DOCUMENT["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(template, item)| Some((template, item.get(&method)?)))
        .find(|(template, _)| matches(template, path.split('?').next().unwrap_or_default()));
    if let Some((template, operation)) = operation {
        let told = operation["responses"].get(status.as_str()).is_some();
        assert!(told, "{method} {template} answered {status}, and the document does not tell of it");
    }
}

fn matches(template: &str, path: &str) -> bool {
    let pairs = template.split('/').zip(path.split('/'));
    template.split('/').count() == path.split('/').count()
        && pairs.into_iter().all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}
