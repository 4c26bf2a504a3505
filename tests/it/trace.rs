//! One id leads from a customer's text through the log, whichever process wrote it, to what the carrier was asked.

use lotline_sim::{Behaviour, BehaviourRule, Ledger, Text};
use serde_json::Value;

use crate::support::{
    desk::PATIENCE,
    eventually,
    killable::{Desk, OWN},
    program::{code, run, text},
};

const CUSTOMER: &str = "+13035550142";

/// Lines of the log that carry the id, each with its message and the process that wrote it.
fn lines(desk: &Desk, id: &str) -> Vec<Value> {
    let log = desk.log();
    let whole = log.lines().filter(|line| line.contains(id));
    whole.map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

fn says<'a>(lines: &'a [Value], message: &str) -> &'a Value {
    let found = lines.iter().find(|line| line["message"] == message);
    found.unwrap_or_else(|| panic!("nothing says {message:?}: {lines:#?}"))
}

/// Lost: an afternoon, when a customer says "I never got an answer" and nobody can find what became of their text.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_id_leads_from_the_webhook_to_the_carrier() {
    let (mut desk, admin) = Desk::talkative(5).await;
    let vendors = desk.vendors.remote.clone();
    // The daemon dies while the agent thinks; the next one answers.
    vendors.set_behaviour(BehaviourRule::always(Behaviour::Silent)).await.unwrap();
    assert!(vendors.text(Text::new(CUSTOMER, OWN, "Are you open on Saturday?")).await.unwrap().is_taken());
    let asked = |ledger: &Ledger| !ledger.conversations.is_empty();
    assert!(vendors.wait_until(PATIENCE, asked).await.unwrap());
    desk.kill();
    vendors.clear_behaviours().await.unwrap();
    desk.start().await;
    let sent = |ledger: &Ledger| !ledger.outbound.is_empty();
    assert!(vendors.wait_until(PATIENCE, sent).await.unwrap());
    let found = admin.get(&format!("/api/v1/leads?q={}", CUSTOMER.trim_start_matches('+'))).await.json();
    let lead = found["items"][0]["id"].as_str().unwrap().to_owned();
    let thread = admin.get(&format!("/api/v1/leads/{lead}/timeline")).await.json();
    let turns = thread["items"].as_array().unwrap();
    let id = turns.iter().find(|turn| turn["author"]["kind"] == "customer").unwrap()["id"].as_str().unwrap();
    eventually(PATIENCE, async || desk.log().contains("the carrier was asked")).await;
    let lines = lines(&desk, id);
    let came = says(&lines, "a text came in");
    assert_eq!(came["span"]["id"], id, "the webhook's X-Request-Id: {came}");
    assert_eq!(came["turn"], id);
    let answered = says(&lines, "the agent answered");
    assert_eq!(answered["lead"], lead.as_str());
    let carried = says(&lines, "the carrier was asked");
    assert!(carried["outcome"].as_str().unwrap().starts_with("accepted SM"), "{carried}");
    let reply = turns.iter().find(|turn| turn["author"]["kind"] == "ai").unwrap();
    assert_eq!(carried["turn"], reply["id"]);
    let shown = run(desk.folder(), &["replay", &lead], None);
    assert_eq!(code(&shown), 0, "{}", text(&shown));
    assert!(text(&shown).contains(id), "{}", text(&shown));
    assert!(!text(&shown).contains("Saturday"), "no words of a customer: {}", text(&shown));
    let by_phone = run(desk.folder(), &["replay", CUSTOMER, "--json"], None);
    assert_eq!(code(&by_phone), 0, "{}", text(&by_phone));
    desk.remove().await;
}
