//! `/metrics`: what a monitoring system sees, and who may look.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

use lotline_common::{
    api::{alarm::AlarmKind, lead::FloorKind},
    event::EventKind,
};
use lotlined::db::Scope;
use reqwest::StatusCode;

use crate::support::{
    daemon::{Daemon, settings},
    db::Fresh,
    desk::{Desk, PATIENCE},
    eventually,
    shop::customer,
};

both_engines!(what_happens_is_counted, a_stranger_sees_nothing);

/// Names and types that somebody's dashboards and alerts are made of.
const TABLE: &str = "\
lotline_alarm gauge
lotline_breaker_open gauge
lotline_build_info gauge
lotline_commit_seconds histogram
lotline_database_connections gauge
lotline_database_up gauge
lotline_deliveries gauge
lotline_deliveries_for_operator gauge
lotline_delivery_oldest_seconds gauge
lotline_events counter
lotline_ingest_batch histogram
lotline_ingest_wait_seconds histogram
lotline_job_oldest_seconds gauge
lotline_job_retries counter
lotline_job_runs counter
lotline_jobs gauge
lotline_limit gauge
lotline_queue_depth gauge
lotline_streams gauge
lotline_streams_fell_behind counter
lotline_vendor_calls counter
lotline_vendor_seconds histogram
lotline_webhooks counter
lotline_write_batch histogram
lotline_write_wait_seconds histogram
process_open_fds gauge
process_resident_memory_bytes gauge
process_start_time_seconds gauge
";

/// One page, read as a Prometheus server reads it: every line is a comment or a sample of a family that was named.
struct Page {
    types: BTreeMap<String, String>,
    samples: HashMap<String, f64>,
}

impl Page {
    async fn of(base: &str) -> Self {
        let answer = reqwest::get(format!("{base}/metrics")).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
        Self::read(&answer.text().await.unwrap())
    }

    fn read(text: &str) -> Self {
        let (mut types, mut samples) = (BTreeMap::new(), HashMap::new());
        assert!(text.ends_with("# EOF\n"), "it was cut off");
        for line in text.lines() {
            if let Some(of) = line.strip_prefix("# TYPE ") {
                let (name, kind) = of.split_once(' ').unwrap();
                assert!(
                    types.insert(name.to_owned(), kind.to_owned()).is_none(),
                    "{name} stands there twice"
                );
            } else if !line.starts_with('#') {
                let (sample, value) = line.rsplit_once(' ').unwrap();
                let name = sample.split('{').next().unwrap();
                let ends = ["_total", "_sum", "_count", "_bucket", ""];
                let family = ends.iter().filter_map(|end| name.strip_suffix(end));
                assert!(family.into_iter().any(|family| types.contains_key(family)), "whose is {line}?");
                let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
                assert!(samples.insert(sample.to_owned(), value).is_none(), "{sample} stands there twice");
            }
        }
        Self { types, samples }
    }

    fn value(&self, sample: &str) -> f64 {
        self.samples.get(sample).copied().unwrap_or_default()
    }
}

/// Lost: the meaning of an alarm, to whoever is called at night.
#[test]
fn every_alarm_and_every_metric_stands_on_its_page() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/watching.md");
    let page = fs::read_to_string(page).unwrap();
    for kind in AlarmKind::ALL {
        let told = page.lines().any(|line| {
            line.starts_with(&format!("| `{kind}` |")) && line.ends_with(&format!("| {} |", kind.advice()))
        });
        assert!(told, "docs/watching.md lacks a row: | `{kind}` | … | {} |", kind.advice());
    }
    for name in TABLE.lines().filter_map(|line| line.split(' ').next()) {
        assert!(page.contains(&format!("`{name}")), "docs/watching.md does not say what {name} is");
    }
}

async fn leave_agent_alone(desk: &Desk) {
    let open = desk.beside().await.db.write(Scope::System, |tx| {
        let open =
            "INSERT INTO breakers (organization_id, vendor, failures, openings, refused, probing, until)
            SELECT id, 'agent', 5, 1, FALSE, FALSE, 0 FROM organizations";
        Box::pin(async move { tx.query(open).execute().await })
    });
    open.await.unwrap();
}

/// Lost: the alert that would have called somebody, when a name it is made of has changed or does not move.
async fn what_happens_is_counted(db: &Fresh) {
    let desk = Desk::open(db).await;
    let shop = desk.shop(1).await;
    shop.hears(&customer(0), "Is the Civic still there?").await;
    shop.until_sent(&customer(0), 1).await;
    shop.events_to(EventKind::MessageDelivered).await;
    // Somebody must take this one: that nobody did is a job for later.
    let asks = shop.hears(&customer(1), "Can I talk to a real person?").await;
    shop.until_floor(&asks, FloorKind::Nobody).await;
    let delivered = r#"lotline_events_total{type="message.delivered"}"#;
    eventually(PATIENCE, async || Page::of(&desk.base).await.value(delivered) >= 1.0).await;
    let waits = r#"lotline_jobs{kind="expire_handoff",state="ready"}"#;
    eventually(PATIENCE, async || Page::of(&desk.base).await.value(waits) >= 1.0).await;
    leave_agent_alone(&desk).await;
    let alone = |page: &Page, vendor| page.samples[&format!(r#"lotline_breaker_open{{vendor="{vendor}"}}"#)];
    eventually(PATIENCE, async || alone(&Page::of(&desk.base).await, "agent") > 0.5).await;
    let page = Page::of(&desk.base).await;
    assert_eq!((alone(&page, "agent"), alone(&page, "carrier")), (1.0, 0.0));
    let table: Vec<String> = page.types.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
    assert_eq!(table, TABLE.lines().collect::<Vec<_>>());
    for moved in [
        r#"lotline_webhooks_total{webhook="text",answer="taken"}"#,
        r#"lotline_webhooks_total{webhook="status",answer="taken"}"#,
        r#"lotline_vendor_calls_total{vendor="twilio",call="send",outcome="accepted"}"#,
        r#"lotline_vendor_calls_total{vendor="elevenlabs",call="answer",outcome="accepted"}"#,
        r#"lotline_vendor_seconds_count{vendor="twilio",call="send"}"#,
        r#"lotline_job_runs_total{kind="reply_with_agent",outcome="done"}"#,
        r#"lotline_job_runs_total{kind="deliver_message",outcome="done"}"#,
        "lotline_commit_seconds_count",
        "lotline_ingest_batch_count",
        "lotline_database_up",
        "process_resident_memory_bytes",
        "process_open_fds",
    ] {
        assert!(page.value(moved) >= 1.0, "{moved} did not move");
    }
    assert!(page.value(r#"lotline_limit{name="ingest_queue"}"#) > 1023.0);
    for word in [&shop.own, &customer(0), &shop.name] {
        assert!(!page.samples.keys().any(|sample| sample.contains(word.as_str())), "{word} is in a label");
    }
    desk.close().await;
}

/// Lost: how busy a store is, to whoever finds the address.
async fn a_stranger_sees_nothing(db: &Fresh) {
    let client = reqwest::Client::new();
    let status = async |base: &str, header: Option<(&str, &str)>| {
        let mut request = client.get(format!("{base}/metrics"));
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let closed = Daemon::start(db).await;
    assert_eq!(status(&closed.base, None).await, 403, "nobody is named");
    closed.stop().await;
    let open =
        "open_signup = true\n[metrics]\nallow = [\"127.0.0.1\"]\ntoken = \"a-token-of-the-monitoring\"";
    let open = Daemon::start_with(settings(&db.url, open)).await;
    assert_eq!(status(&open.base, None).await, 200);
    let forwarded = Some(("x-forwarded-for", "127.0.0.1"));
    assert_eq!(status(&open.base, forwarded).await, 403, "a proxy's address is everybody's");
    open.stop().await;
    let token = "open_signup = true\n[metrics]\ntoken = \"a-token-of-the-monitoring\"";
    let token = Daemon::start_with(settings(&db.url, token)).await;
    assert_eq!(status(&token.base, None).await, 403);
    let wrong = Some(("authorization", "Bearer a-token-of-the-monitorinG"));
    assert_eq!(status(&token.base, wrong).await, 403);
    let right = Some(("authorization", "Bearer a-token-of-the-monitoring"));
    assert_eq!(status(&token.base, right).await, 200);
    token.stop().await;
}
