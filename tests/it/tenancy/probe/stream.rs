//! What two hears while one is busy.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use super::{furnish::Side, sample::phone};
use crate::support::{caller::Caller, reader::Reader};

/// Streams of one caller; five are as many as there may be.
const RESUMED: usize = 4;

/// Opens streams of everybody of two's who has a token, from one's numbers on; how many they are.
pub(super) async fn open(two: &Side, newest: i64) -> Vec<Reader> {
    let mut readers = Vec::new();
    for (_, caller) in two.callers.iter().filter(|(who, _)| who != "signed out" && who != "stranger") {
        let at = |path: &str| caller.request(Method::GET, path);
        let asks: [_; RESUMED] = [
            at("/api/v1/events"),
            at("/api/v1/events").header("last-event-id", newest),
            at(&format!("/api/v1/events?after={newest}")),
            at(&format!("/api/v1/events?after={}", newest / 2)),
        ];
        for ask in asks {
            readers.push(Reader::new(ask.send().await.unwrap()));
        }
    }
    readers
}

/// Everything that came before two's own next event.
pub(super) async fn heard(admin: &Caller, readers: Vec<Reader>) -> Vec<String> {
    let entered = admin.post("/api/v1/leads", json!({"phone": phone()})).await.json();
    let last = entered["id"].as_str().unwrap();
    let mut heard = Vec::new();
    for mut reader in readers {
        let mut text = String::new();
        loop {
            let frame = reader.frame().await.expect("the stream goes on");
            text.push_str(&frame.data);
            if frame.data.contains(last) {
                break;
            }
        }
        heard.push(text);
    }
    heard
}

/// Of which of these something was heard.
pub(super) fn told<'m>(marks: &'m BTreeSet<String>, heard: &[String]) -> Vec<&'m String> {
    marks.iter().filter(|mark| heard.iter().any(|text| text.contains(mark.as_str()))).collect()
}
