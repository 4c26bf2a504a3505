//! Each broken promise must be seen: a summary that cannot fail would vouch for a desk that loses customers.

use lotline_common::event::EventKind;
use lotline_sim::{Conversation, Inbound, Outbound, Said, Violation};
use serde_json::json;

use super::*;

const OWN: [&str; 2] = ["+13035550190", "+17205550191"];
const WORD: [&str; 2] = ["MARIGOLD", "COBALT"];
/// Of both organizations.
const CUSTOMER: &str = "+13035550100";
const SECOND: i64 = 1_000_000;

fn written(side: usize, at: i64, body: &str) -> Inbound {
    Inbound {
        sid: format!("SM{side}{at}"),
        account_sid: format!("AC{side}"),
        from: CUSTOMER.into(),
        to: OWN[side].into(),
        body: body.into(),
        needs_answer: true,
        posted_at_us: at,
        acknowledged_at_us: Some(at + 1_000),
        status: Some(200),
        attempts: 1,
        replays: 0,
        shopper: None,
    }
}

fn sent(side: usize, at: i64, body: &str) -> Outbound {
    Outbound {
        sid: format!("SMout{side}{at}"),
        account_sid: format!("AC{side}"),
        from: OWN[side].into(),
        to: CUSTOMER.into(),
        body: body.into(),
        direction: "outbound-api".into(),
        created_at_us: at,
        status_callback: None,
        status: "delivered".into(),
        error_code: None,
        callbacks: Vec::new(),
        fault: None,
    }
}

fn frame(seq: i64, kind: EventKind, lead: LeadId, more: serde_json::Value) -> String {
    let mut data = json!({"seq": seq, "type": kind, "at": "2026-03-02T10:00:00Z", "lead_id": lead});
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    format!("id: {seq}\nevent: {kind}\ndata: {data}\n\n")
}

fn told(seq: i64, lead: LeadId, text: &str) -> String {
    let turn = json!({"id": lotline_common::TurnId::new(), "seq": seq, "kind": "message", "channel": "sms",
        "author": {"kind": "customer"}, "text": text, "at": "2026-03-02T10:00:00Z"});
    frame(seq, EventKind::TurnAdded, lead, json!({"turn": turn}))
}

fn side(index: usize) -> Side {
    let lead = LeadId::new();
    let mut heard = Heard::default();
    heard.take(told(1, lead, &greeting(index)).as_bytes(), SECOND + 4_000);
    Side {
        name: format!("Store {index}"),
        number: OWN[index].into(),
        agent_id: format!("agent_{index}"),
        canary: WORD[index].into(),
        heard,
        leads: vec![Known { id: lead, phone: CUSTOMER.into(), floor: FloorKind::Ai, waits: false }],
    }
}

fn greeting(index: usize) -> String {
    format!("I have the {} flyer", WORD[index])
}

/// Two organizations, one customer of both, everybody answered.
fn kept() -> Evidence {
    let session = |index: usize| Conversation {
        conversation_id: format!("conv_{index}"),
        agent_id: format!("agent_{index}"),
        user_messages: vec![Said { text: greeting(index), at_us: 3 * SECOND }],
        ..Conversation::default()
    };
    let ledger = Ledger {
        inbound: vec![written(0, SECOND, &greeting(0)), written(1, SECOND, &greeting(1))],
        outbound: vec![sent(0, 4 * SECOND, "Yes, come by"), sent(1, 5 * SECOND, "Happy to help")],
        conversations: vec![session(0), session(1)],
        ..Ledger::default()
    };
    Evidence { seed: 7, ledger, sides: vec![side(0), side(1)], burst: Duration::from_secs(2) }
}

fn broken(evidence: &Evidence) -> Vec<String> {
    Summary::of(evidence).broken()
}

/// Exactly one promise is broken, and it is named.
fn breaks(evidence: &Evidence, name: &str) {
    let broken = broken(evidence);
    assert!(!broken.is_empty() && broken.iter().all(|case| case.starts_with(name)), "{name}: {broken:?}");
}

#[test]
fn kept_promises_are_told_with_their_figures() {
    let summary = Summary::of(&kept());
    assert_eq!(summary.broken(), Vec::<String>::new());
    assert_eq!((summary.texts, summary.needing, summary.covered, summary.answers), (2, 2, 2, 2));
    assert_eq!(summary.to_stream.percentile(99), Some(Duration::from_millis(4)));
    assert_eq!(summary.to_reply.percentile(50), Some(Duration::from_secs(3)));
    assert_eq!(summary.to_reply.percentile(99), Some(Duration::from_secs(4)));
    assert!(summary.to_string().ends_with("every promise was kept"), "{summary}");
}

#[test]
fn a_customer_without_an_answer_is_seen() {
    let mut evidence = kept();
    evidence.ledger.outbound.pop();
    breaks(&evidence, "unanswered");
    let mut evidence = kept();
    evidence.sides[0].leads[0].waits = true;
    breaks(&evidence, "unanswered");
}

/// A failing AI must not look like a customer who asked for a person.
#[test]
fn only_what_the_customer_or_code_left_to_people_counts_as_handled() {
    for (reason, handled) in [
        (Handoff::CustomerAsked.reason(), true),
        (Handoff::MayWantOut.reason(), true),
        (Handoff::AgentFailed("agent_timeout").reason(), false),
        (Handoff::Guardrail("too_long").reason(), false),
        (Handoff::NoAgent.reason(), false),
    ] {
        let mut evidence = kept();
        evidence.ledger.outbound.pop();
        let side = &mut evidence.sides[1];
        let lead = side.leads[0].id;
        let asked = frame(2, EventKind::HandoffRequested, lead, json!({"reason": reason}));
        side.heard.take(asked.as_bytes(), 2 * SECOND);
        // Without the floor being free, nobody can see that they are waited for.
        breaks(&evidence, "unanswered");
        evidence.sides[1].leads[0].floor = FloorKind::Nobody;
        let summary = Summary::of(&evidence);
        assert_eq!(summary.broken().is_empty(), handled, "{reason}");
        assert_eq!((summary.left_to_people, summary.handed[reason]), (usize::from(handled), 1));
    }
}

#[test]
fn a_twin_at_the_carrier_is_seen() {
    let mut evidence = kept();
    evidence.ledger.outbound.push(sent(0, 6 * SECOND, "Yes, come by"));
    breaks(&evidence, "doubled");
}

#[test]
fn a_leak_is_seen_wherever_it_shows() {
    let foreign_lead = |evidence: &Evidence| evidence.sides[1].leads[0].id;
    let mut evidence = kept();
    evidence.ledger.outbound[0].body = "I have the COBALT note right here".into();
    breaks(&evidence, "seen by the wrong organization: COBALT in text");

    let mut evidence = kept();
    evidence.ledger.conversations[0].dynamic_variables.insert("conversation_context".into(), "COBALT".into());
    breaks(&evidence, "seen by the wrong organization: COBALT in session");

    let mut evidence = kept();
    evidence.ledger.conversations[1].user_messages[0].text = "a MARIGOLD flyer".into();
    breaks(&evidence, "seen by the wrong organization: MARIGOLD in session");

    let mut evidence = kept();
    evidence.sides[0].heard.take(b"event: ping\ndata: {\"word\":\"COBALT\"}\n\n", SECOND);
    breaks(&evidence, "seen by the wrong organization: COBALT in the events");

    let mut evidence = kept();
    let lead = foreign_lead(&evidence);
    evidence.sides[0].heard.take(frame(2, EventKind::LeadUpdated, lead, json!({})).as_bytes(), SECOND);
    breaks(&evidence, "seen by the wrong organization");

    let mut evidence = kept();
    evidence.ledger.conversations[0].agent_id = "agent_2".into();
    breaks(&evidence, "seen by the wrong organization: session");

    let mut evidence = kept();
    let id = foreign_lead(&evidence);
    let stray = Known { id, phone: "+13035550101".into(), floor: FloorKind::Ai, waits: false };
    evidence.sides[0].leads.push(stray);
    breaks(&evidence, "seen by the wrong organization");
}

#[test]
fn a_lost_text_is_seen() {
    let mut evidence = kept();
    evidence.ledger.inbound[0].acknowledged_at_us = None;
    breaks(&evidence, "lost");

    let mut evidence = kept();
    evidence.sides[0].heard.texts[0].text = "something else".into();
    breaks(&evidence, "lost");

    let mut evidence = kept();
    let lead = evidence.sides[0].leads[0].id;
    evidence.sides[0].heard.take(told(2, lead, "never written").as_bytes(), 2 * SECOND);
    breaks(&evidence, "lost");

    let mut evidence = kept();
    let lead = evidence.sides[0].leads[0].id;
    evidence.sides[0].heard.take(frame(3, EventKind::LeadUpdated, lead, json!({})).as_bytes(), 2 * SECOND);
    breaks(&evidence, "lost: 1 events");

    let mut evidence = kept();
    evidence.sides[1].heard = Heard::default();
    let broken = broken(&evidence);
    assert!(broken.iter().any(|case| case.starts_with("lost")), "{broken:?}");
}

/// The simulator is patient where a vendor is not.
#[test]
fn a_breach_of_a_vendors_contract_is_seen() {
    let mut evidence = kept();
    evidence.ledger.conversations[0].violations.push("audio in a text session".into());
    breaks(&evidence, "a vendor's contract: conv_0");

    let mut evidence = kept();
    let what = "answer to the webhook: no XML".to_owned();
    evidence.ledger.violations.push(Violation { at_us: SECOND, vendor: "twilio".into(), what });
    breaks(&evidence, "a vendor's contract: twilio");
}

/// A run in which nothing happened proves nothing.
#[test]
fn an_empty_run_is_no_success() {
    let mut evidence = kept();
    evidence.ledger = Ledger::default();
    for side in &mut evidence.sides {
        (side.heard, side.leads) = (Heard::default(), Vec::new());
    }
    breaks(&evidence, "not shown by this run");
    assert_eq!(broken(&evidence).len(), 3);
}

#[test]
fn frames_may_be_cut_anywhere() {
    let lead = LeadId::new();
    let whole = format!(
        "retry: 1000\nevent: ping\ndata: {{\"seq\":0}}\n\n{}{}",
        told(1, lead, "one"),
        told(2, lead, "two")
    );
    for cut in 1..whole.len() {
        let mut heard = Heard::default();
        heard.take(&whole.as_bytes()[..cut], 1);
        heard.take(&whole.as_bytes()[cut..], 2);
        assert_eq!((heard.texts.len(), heard.last, heard.amiss), (2, 2, 0), "cut at {cut}");
    }
}
