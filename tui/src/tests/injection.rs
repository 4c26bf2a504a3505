//! Whatever a customer writes, no cell of the screen steers the terminal.

use lotline_common::{
    Problem,
    api::{lead::FloorKind, turn::AuthorKind},
    client::Error,
    plain::plain,
};

use super::{Console, id, lead, turn, zoe};
use crate::msg::What;

const SEEDS: [&str; 16] = [
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1b[2J\x1b[H",
    "\x1b]0;owned\x07",
    "\x1bP+q544e\x1b\\",
    "\u{9b}31m",
    "\u{9d}8;;http://x\u{9c}",
    "a\rb",
    "\x08\x08\x08",
    "\u{202e}evil",
    "\u{2066}x\u{2069}",
    "\x1b[?1049l",
    "\x00",
    "\x7f",
    "\u{feff}z",
    "\x1bc",
    "\x0e\x0f",
];

/// 1,000 payloads: every pair of seeds with a number of repeats and words around them.
fn payloads() -> impl Iterator<Item = String> {
    let pairs = SEEDS.iter().flat_map(|one| SEEDS.iter().map(move |other| (one, other)));
    pairs
        .flat_map(|(one, other)| (1..5).map(move |n| format!("hi {}{other} 日本👍 {n}", one.repeat(n))))
        .take(1000)
}

fn assert_harmless(console: &Console, payload: &str) {
    for cell in &console.buffer().content {
        let symbol = cell.symbol();
        assert!(!symbol.chars().any(char::is_control), "{payload:?} put {symbol:?} on the screen");
        assert_eq!(plain(symbol), symbol, "{payload:?} put {symbol:?} on the screen");
    }
}

#[test]
fn a_thousand_payloads_leave_no_control_character_on_the_screen() {
    let mut console = Console::new(160, 45);
    assert_eq!(payloads().count(), 1000);
    for (index, payload) in payloads().enumerate() {
        let mut evil = lead(super::ZOE, &payload, FloorKind::Member, Some(9));
        evil.floor.member.as_mut().unwrap().name.clone_from(&payload);
        evil.floor.member.as_mut().unwrap().id = id(2);
        evil.floor.fence = 2 + i64::try_from(index).unwrap();
        (evil.version, evil.vehicle, evil.source) =
            (evil.floor.fence, Some(payload.clone()), Some(payload.clone()));
        (evil.tags, evil.emails) = (vec![payload.clone()], vec![payload.clone()]);
        evil.last_turn.as_mut().unwrap().text.clone_from(&payload);
        console.page(vec![evil]);
        let seq = 5 + i64::try_from(index).unwrap();
        let author = if index % 2 == 0 { AuthorKind::Customer } else { AuthorKind::Ai };
        console.said(zoe(), turn(10_000 + index as u128, seq, author, &payload));
        assert_harmless(&console, &payload);
        if index % 20 == 0 {
            everywhere(&mut console, &payload);
        }
    }
}

/// Drafts, problems, notices, questions, pasted text and the finders show foreign words as well.
fn everywhere(console: &mut Console, payload: &str) {
    let draft = serde_json::from_value(serde_json::json!({
        "id": id::<()>(700), "lead_id": zoe(), "author": {"kind": "ai"}, "text": payload, "reason": payload, "at": super::NOON,
    }))
    .unwrap();
    console.happen(What::Drafts { id: zoe(), drafts: Ok(vec![draft]) });
    console.happen(What::Trouble(payload.to_owned()));
    for keys in ["D", "t", "N", "esc ctrl-p", "esc x", "esc E", "esc n", "esc o", "esc ?"] {
        console.keys(keys);
        console.model.now = console.model.now + std::time::Duration::from_secs(1);
        console.happen(What::Paste(payload.to_owned()));
        assert_harmless(console, payload);
        console.keys("esc");
    }
    console.keys("r");
    console.happen(What::Paste(payload.to_owned()));
    assert_harmless(console, payload);
    console.keys("ctrl-s");
    let client_id = console.model.open_thread().unwrap().echoes.last().map(|echo| echo.client_id);
    assert_harmless(console, payload);
    let mut problem = Problem::new(422, "refused_by_gate", payload);
    problem.detail = Some(payload.to_owned());
    problem.reasons = vec![lotline_common::problem::Reason {
        rule: payload.into(),
        text: payload.into(),
        source: payload.into(),
    }];
    if let Some(client_id) = client_id {
        console.happen(What::Sent { id: zoe(), client_id, turn: Err(Error::Problem(Box::new(problem))) });
    }
    assert_harmless(console, payload);
    console.pass(std::time::Duration::from_secs(1)).keys("esc esc esc esc");
}
