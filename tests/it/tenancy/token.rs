//! Only the token says whose data it is; and what one dashboard hears, every other hears too.

use lotline_common::event::EventKind;
use reqwest::Method;
use serde_json::json;

use crate::support::{
    caller::{Answer, Caller},
    daemon::Daemon,
    db::Fresh,
    reader::Reader,
};

both_engines!(no_header_query_or_body_chooses_the_organization, a_second_dashboard_silences_nobody);

const READ: [&str; 6] = [
    "/api/v1/organization",
    "/api/v1/me",
    "/api/v1/members",
    "/api/v1/phone-numbers",
    "/api/v1/leads",
    "/api/v1/leads?q=0101",
];

/// Lost: every customer of the store next door, to anybody who can set a header.
async fn no_header_query_or_body_chooses_the_organization(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let stranger = Caller::stranger(&daemon);
    let (dana, danas) = stranger.found("dana@example.com", "Dana Motors").await;
    let (eli, _) = stranger.found("eli@example.com", "Eli Cars").await;
    let lead = json!({"phone": "+13035550101", "name": "Sam Example"});
    assert_eq!(dana.post("/api/v1/leads", lead).await.status, 201);
    let theirs = danas.organization.id.to_string();
    for path in READ {
        let plain = eli.get(path).await;
        assert_eq!(plain.status, 200, "{path}");
        for name in
            ["organization-id", "x-organization-id", "x-org-id", "x-tenant-id", "x-tenant", "x-organization"]
        {
            for value in [theirs.as_str(), "dana-motors", "1"] {
                let request = eli.request(Method::GET, path).header(name, value);
                let answer = Answer::read(request.send().await.unwrap()).await;
                assert_eq!(answer.text, plain.text, "{path} {name}: {value}");
            }
        }
    }
    for name in ["organization_id", "organization", "org", "tenant_id"] {
        let query = eli.get(&format!("/api/v1/leads?{name}={theirs}")).await;
        assert_eq!(query.problem(), (400, "invalid_field".to_owned()), "{name}");
        let body = json!({"phone": "+13035550102", name: theirs});
        let created = eli.post("/api/v1/leads", body).await;
        assert_eq!(
            (created.problem(), &created.json()["field"]),
            ((400, "invalid_field".to_owned()), &json!(name))
        );
    }
    assert_eq!(eli.get("/api/v1/leads").await.json()["items"], json!([]));
    assert_eq!(dana.get("/api/v1/leads").await.json()["items"].as_array().unwrap().len(), 1);
    daemon.stop().await;
}

/// Lost: the conversation on the first screen, as soon as a colleague opened the same one.
async fn a_second_dashboard_silences_nobody(db: &Fresh) {
    let daemon = Daemon::start(db).await;
    let (dana, _) = Caller::stranger(&daemon).found("dana@example.com", "Dana Motors").await;
    let mut readers = Vec::new();
    for _ in 0..3 {
        let request = dana.request(Method::GET, "/api/v1/events?after=0");
        readers.push(Reader::new(request.send().await.unwrap()));
    }
    let lead = json!({"phone": "+13035550101", "name": "Sam Example"});
    let id = dana.post("/api/v1/leads", lead).await.json()["id"].as_str().unwrap().to_owned();
    let note = format!("/api/v1/leads/{id}/notes");
    assert_eq!(dana.post(&note, json!({"text": "Brings a trade-in."})).await.status, 201);
    for reader in &mut readers {
        loop {
            let event = reader.event().await.expect("the stream goes on").parse();
            if event.kind == EventKind::TurnAdded {
                assert_eq!(event.lead_id.unwrap().to_string(), id);
                break;
            }
        }
    }
    drop(readers);
    daemon.stop().await;
}
