//! Keys in, commands out.

use std::time::Duration;

use lotline_common::{
    Problem,
    api::{
        lead::{DraftsChoice, FloorKind},
        message::{DeliveryState, Recalled, Resolution, SendMessage},
        turn::AuthorKind,
    },
    client::Error,
};

use super::{AVA, Console, NOON, a_turn, delivery, id, turn, zoe};
use crate::{
    cmd::Cmd,
    model::{
        Focus, Model,
        overlay::{Ask, Overlay, Question},
    },
    msg::What,
    update::next_deadline,
    widget::input::Input,
};

const GUARD: Duration = Duration::from_millis(300);

fn the_send(console: &Console) -> SendMessage {
    match console.sent().as_slice() {
        [Cmd::Send { body, .. }] => body.clone(),
        other => panic!("one send was expected: {other:?}"),
    }
}

fn problem(status: u16, code: &str) -> Error {
    Error::Problem(Box::new(Problem::new(status, code, "No")))
}

#[test]
fn a_text_goes_to_the_lead_on_the_screen_bound_to_what_was_seen() {
    let mut console = Console::new(120, 35);
    console.keys("r").types("See you Thursday").keys("enter").types("5:30").keys("ctrl-s");
    let send = the_send(&console);
    assert_eq!((send.body.as_str(), send.expected_turn), ("See you Thursday\n5:30", Some(4)));
    assert!(console.model.compose.is_blank());
    assert_eq!(console.model.open_thread().unwrap().echoes.len(), 1);
    assert!(console.screen().contains("to the server"));
}

#[test]
fn enter_never_sends_and_neither_does_paste() {
    let mut console = Console::new(120, 35);
    console.keys("r").types("half a thought").keys("enter enter alt-enter");
    console.happen(What::Paste("line\x13\ny\nT".to_owned()));
    console.keys("esc");
    console.happen(What::Paste("t\ny\n".to_owned()));
    assert!(console.sent().is_empty());
}

/// Terminals paste line ends as carriage returns; a customer would get a strange character, and two segments.
#[test]
fn pasted_lines_are_lines() {
    let mut console = Console::new(120, 35);
    console.keys("r").happen(What::Paste("Hi Zoe,\rsee\tyou\r\nat five".to_owned())).keys("ctrl-s");
    assert_eq!(the_send(&console).body, "Hi Zoe,\nsee you\nat five");
}

#[test]
fn what_was_written_stays_with_its_lead() {
    let mut console = Console::new(120, 35);
    console.keys("r").types("for Zoe").keys("esc 1 j r").types("for another").keys("esc 1 k r");
    assert_eq!(console.model.compose.text(), "for Zoe");
    assert_eq!(console.model.unsent[&id(50)].len(), 2);
}

#[test]
fn somebody_who_spoke_in_the_same_instant_makes_the_console_ask() {
    let mut console = Console::new(120, 35);
    console.keys("r").types("Deal").said(zoe(), turn(905, 5, AuthorKind::Customer, "I bought elsewhere"));
    console.keys("ctrl-s");
    assert!(console.sent().is_empty());
    assert!(console.screen().contains("I bought elsewhere"), "{}", console.screen());
    // Typed ahead: the question was not on the screen yet.
    console.keys("y");
    assert!(console.sent().is_empty());
    console.pass(GUARD).keys("enter");
    assert!(console.sent().is_empty(), "Enter presses Cancel");
    assert_eq!(console.model.compose.text(), "Deal");
    console.pass(Duration::from_secs(2)).keys("r ctrl-s");
    assert_eq!(the_send(&console).expected_turn, Some(5));
}

#[test]
fn the_daemons_refusals_are_shown_and_lose_no_letter() {
    let mut console = Console::new(120, 35);
    console.keys("r").types("Hello").keys("ctrl-s");
    let client_id = the_send(&console).client_id;
    let mut refusal = Problem::new(422, "refused_by_gate", "Not now");
    refusal.reasons = vec![lotline_common::problem::Reason {
        rule: "quiet_hours".into(),
        text: "It is 9:41 PM where the customer is.".into(),
        source: "47 CFR 64.1200".into(),
    }];
    let turn = Err(Error::Problem(Box::new(refusal)));
    console.happen(What::Sent { id: zoe(), client_id, turn });
    assert!(console.screen().contains("It is 9:41 PM where the customer is."));
    assert_eq!(console.model.compose.text(), "Hello");
}

#[test]
fn a_changed_thread_asks_again_and_a_second_yes_sends_once() {
    let mut console = Console::new(120, 35);
    console.keys("r").types("Hello").keys("ctrl-s");
    let first = the_send(&console).client_id;
    console.cmds.clear();
    console.happen(What::Sent { id: zoe(), client_id: first, turn: Err(problem(409, "thread_changed")) });
    let asks = matches!(
        console.model.overlay,
        Some(Overlay::Question(Question { ask: Ask::SendAnyway { .. }, .. }))
    );
    assert!(asks && console.cmds.iter().any(|cmd| matches!(cmd, Cmd::FetchTimeline { .. })));
    console.cmds.clear();
    let mut turns = super::thread();
    turns.push(turn(905, 5, AuthorKind::Customer, "STOP calling"));
    console.timeline(zoe(), turns).pass(GUARD);
    assert!(console.screen().contains("STOP calling"), "{}", console.screen());
    console.keys("y y");
    let second = the_send(&console);
    assert_eq!(second.expected_turn, Some(5));
    assert_ne!(second.client_id, first, "the refused one never was a message");
}

#[test]
fn a_lost_answer_keeps_the_text_and_a_repeat_is_the_same_message() {
    let mut console = Console::new(120, 35);
    console.keys("r").types("Hello").keys("ctrl-s");
    let first = the_send(&console).client_id;
    console.cmds.clear();
    console.happen(What::Sent { id: zoe(), client_id: first, turn: Err(Error::NoAnswer) });
    assert_eq!(console.model.compose.text(), "Hello");
    console.pass(Duration::from_mins(5));
    assert!(console.sent().is_empty(), "nothing is sent by itself");
    console.keys("r ctrl-s");
    assert_eq!(the_send(&console).client_id, first);
}

#[test]
fn undo_brings_the_text_back_even_before_the_daemon_answered() {
    let mut console = Console::new(120, 35);
    console.keys("r").types("Wrong person").keys("ctrl-s");
    let client_id = the_send(&console).client_id;
    console.keys("u");
    assert!(!console.cmds.iter().any(|cmd| matches!(cmd, Cmd::Recall { .. })));
    let mut held = turn(905, 5, AuthorKind::Member, "Wrong person");
    let mut state = delivery(DeliveryState::Held);
    (state.client_id, state.hold_until) = (Some(client_id), Some(NOON + Duration::from_secs(5)));
    held.delivery = Some(state);
    console.said(zoe(), held);
    assert!(matches!(console.cmds.last(), Some(Cmd::Recall { turn, .. }) if *turn == a_turn(905)));
    assert!(console.screen().contains("held, sends in 5s, u undoes"), "{}", console.screen());
    let draft = serde_json::from_value(serde_json::json!({
        "id": id::<()>(700), "lead_id": zoe(), "author": {"kind": "member"}, "text": "Wrong person",
        "reason": "recalled", "at": NOON,
    }))
    .unwrap();
    console.happen(What::Recalled {
        id: zoe(),
        turn: a_turn(905),
        recalled: Ok(Box::new(Recalled { draft })),
    });
    assert_eq!(console.model.compose.text(), "Wrong person");
    assert_eq!(console.model.focus, Focus::Compose);
    assert!(
        console.cmds.iter().any(|cmd| matches!(cmd, Cmd::DeleteDraft { .. })),
        "the daemon's copy would stay"
    );
}

#[test]
fn the_floor_changes_only_by_a_confirmed_question_with_the_fence_that_was_seen() {
    let mut console = Console::new(120, 35);
    console.keys("j j").pass(GUARD).keys("t");
    console.keys("y").keys("enter");
    assert!(console.sent().is_empty());
    console.pass(GUARD).keys("enter");
    assert!(console.model.overlay.is_none() && console.sent().is_empty(), "Enter is Cancel");
    console.keys("t").pass(GUARD).keys("tab enter");
    let [Cmd::SetFloor { body, .. }] = console.sent()[..] else { panic!("{:?}", console.cmds) };
    assert_eq!((body.to.as_str(), body.if_fence, body.drafts), ("me", Some(1), DraftsChoice::Discard));
}

#[test]
fn drafts_are_discarded_kept_or_sent_as_chosen() {
    let mut console = Console::new(120, 35);
    let draft = serde_json::from_value(serde_json::json!({
        "id": id::<()>(700), "lead_id": zoe(), "author": {"kind": "ai"}, "text": "I can hold it until 6 PM.",
        "reason": "price_without_source", "at": NOON,
    }))
    .unwrap();
    console.happen(What::Drafts { id: zoe(), drafts: Ok(vec![draft]) });
    assert!(console.screen().contains("DRAFT, not sent: price without source"));
    console.keys("t").pass(GUARD).keys("j y");
    let [Cmd::SetFloor { body, .. }] = console.sent()[..] else { panic!("{:?}", console.cmds) };
    assert_eq!(body.drafts, DraftsChoice::Keep);
    console.cmds.clear();
    console.keys("e");
    assert_eq!(console.model.compose.text(), "I can hold it until 6 PM.");
    console.keys("ctrl-s");
    assert_eq!(the_send(&console).body, "I can hold it until 6 PM.");
    console.keys("D").pass(GUARD).keys("y");
    assert!(console.cmds.iter().any(|cmd| matches!(cmd, Cmd::DeleteDraft { .. })));
}

#[test]
fn an_unknown_delivery_is_settled_by_choice_and_word() {
    let mut console = Console::new(120, 35);
    console.keys("x").pass(GUARD).keys("j y");
    let [Cmd::Resolve { resolution, turn, .. }] = console.sent()[..] else { panic!("{:?}", console.cmds) };
    assert_eq!((*resolution, *turn), (Resolution::NotSent, a_turn(903)));
}

#[test]
fn new_data_never_moves_the_selection_and_the_longest_wait_is_on_top() {
    let mut console = Console::new(120, 35);
    // More than a screenful below, or the end of the list would pull the lines down.
    console.page((0..60).map(|n| super::lead(200 + n, "Later", FloorKind::Ai, None)).collect()).keys("j");
    let selected = console.model.inbox.selected;
    let row = console.screen().lines().position(|line| line.contains('▌'));
    console.page((0..20).map(|n| super::lead(300 + n, "Early", FloorKind::Nobody, Some(500))).collect());
    assert_eq!(console.model.inbox.selected, selected);
    assert_eq!(console.screen().lines().position(|line| line.contains('▌')), row);
    console.keys("space");
    assert_eq!(console.model.open().unwrap().name.as_deref(), Some("Early"));
}

#[test]
fn older_pages_are_asked_for_once_at_a_time() {
    let mut console = Console::new(80, 24);
    let turns: Vec<_> =
        (50..120).map(|n| turn(2000 + n, i64::try_from(n).unwrap(), AuthorKind::Ai, "words")).collect();
    let page =
        lotline_common::Page { items: turns.into_iter().rev().collect(), next_cursor: Some("c".into()) };
    console.happen(What::Timeline { id: zoe(), older: false, asked: 0, page: Ok(page) });
    console.keys("2");
    for _ in 0..40 {
        console.keys("ctrl-u");
    }
    let asked = console.cmds.iter().filter(|cmd| matches!(cmd, Cmd::FetchTimeline { cursor: Some(_), .. }));
    assert_eq!(asked.count(), 1);
    // Reading upwards, what arrives below is counted and does not move the lines.
    let before = console.screen();
    console.said(zoe(), turn(3000, 120, AuthorKind::Customer, "Are you there?"));
    assert!(console.screen().contains("1 new"), "{}", console.screen());
    let lines = |screen: &str| {
        screen.lines().skip(2).take(8).map(|line| line.chars().skip(26).collect()).collect::<Vec<String>>()
    };
    assert_eq!(lines(&console.screen()), lines(&before));
    console.keys("G");
    assert!(console.screen().contains("Are you there?"));
}

#[test]
fn an_idle_console_wakes_once_a_minute_and_a_held_text_every_second() {
    let mut console = Console::new(120, 35);
    console.pass(Duration::from_secs(10));
    assert_eq!(next_deadline(&console.model), Some(NOON + Duration::from_mins(1)));
    let mut held = turn(905, 5, AuthorKind::Member, "Soon");
    let mut state = delivery(DeliveryState::Held);
    state.hold_until = Some(console.model.now + Duration::from_secs(5));
    held.delivery = Some(state);
    console.said(zoe(), held);
    assert_eq!(next_deadline(&console.model), Some(console.model.now + Duration::from_secs(1)));
}

#[test]
fn a_filter_narrows_at_once_and_asks_the_server_when_typing_rests() {
    let mut console = Console::new(120, 35);
    console.keys("/").types("o");
    console.pass(Duration::from_millis(300));
    assert!(console.cmds.is_empty(), "the server refuses a letter, and the operator would read of it");
    console.types("kaf");
    assert_eq!(console.model.inbox.len(), 2);
    assert!(console.cmds.is_empty());
    console.pass(Duration::from_millis(300));
    assert!(
        matches!(console.cmds.as_slice(), [.., Cmd::FetchLeads { query, .. }] if query.q.as_deref() == Some("okaf"))
    );
    console.keys("enter esc esc");
    assert_eq!(console.model.inbox.len(), 8);
    console.keys("ctrl-p").types("ava").keys("enter");
    assert_eq!(console.model.inbox.selected, Some(id(AVA)));
}

#[test]
fn a_hundred_thousand_leads_cost_a_screenful() {
    let mut console = Console::new(200, 50);
    console.page(
        (0..100_000)
            .map(|n| lotline_common::api::lead::Lead {
                id: id(n + 5000),
                ..super::lead(1, "Lead", FloorKind::Ai, None)
            })
            .collect(),
    );
    assert_eq!(console.model.inbox.len(), 100_008);
    console.keys("G");
    assert!(console.screen().contains("100008/100008"));
    console.keys("g g");
    assert!(console.screen().contains(" 1/100008"));
}

/// A composer in which a character opens something instead of standing there cannot be worked in.
#[test]
fn every_character_can_be_written() {
    let mut console = Console::new(120, 35);
    let all: String = (' '..='~').collect();
    console.keys("r").types(&all);
    assert_eq!(console.model.compose.area.lines().join("\n"), all);
    assert!(console.model.overlay.is_none());
}

/// Somebody with a second factor must be asked for the code, and not be told that the password is wrong.
#[test]
fn sign_in_asks_for_a_code_where_one_is_needed() {
    let mut console = Console::new(80, 24);
    console.model = Model::new(NOON, 80, 24);
    console.model.sign_in.server = Input::new("https://desk.northside.example");
    console.model.sign_in.email = Input::new("dana@northside.example");
    console.model.sign_in.password = Input::new("correct horse battery");
    console.happen(What::SignedIn(Err(problem(401, "totp_required"))));
    console.types("123456").keys("enter");
    let code = console.cmds.iter().find_map(|cmd| match cmd {
        Cmd::SignIn { totp, .. } => totp.as_deref(),
        _ => None,
    });
    assert_eq!(code, Some("123456"));
}
