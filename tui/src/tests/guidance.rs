//! What the console tells its operator: hints that do something, words that are true, names only where they may be.

use std::time::Duration;

use lotline_common::{
    Problem,
    api::{lead::FloorKind, message::DeliveryState, turn::AuthorKind},
    client::Error,
    event::{Detail, EventKind},
    stream::StreamUpdate,
};

use super::{AVA, Console, delivery, floor, id, lead, turn, zoe};
use crate::{
    action::Group,
    cmd::Cmd,
    model::{
        Model,
        overlay::{Finder, Found, Overlay},
    },
    msg::What,
};

fn footer(console: &Console) -> String {
    console.screen().lines().last().unwrap_or_default().to_owned()
}

fn header(console: &Console) -> String {
    console.screen().lines().next().unwrap_or_default().to_owned()
}

fn set_floor(console: &mut Console, kind: FloorKind) {
    let detail = Detail { floor: Some(floor(kind, 9)), ..Detail::default() };
    console.event(EventKind::FloorChanged, zoe(), None, detail);
}

/// Keys that do nothing now would be tried, and the ones that matter would have no room.
#[test]
fn the_footer_offers_what_does_something_now() {
    let mut console = Console::new(160, 45);
    let said = footer(&console);
    for (hint, there) in [("t take over", true), ("x settle", true), ("undo", false), ("edit draft", false)] {
        assert_eq!(said.contains(hint), there, "{hint}: {said}");
    }
    set_floor(&mut console, FloorKind::Member);
    let said = footer(&console);
    assert!(said.contains("T hand back") && !said.contains("take over"), "{said}");
    console.keys("r").types("On my way").keys("ctrl-s");
    assert!(footer(&console).contains("u undo send"), "{}", footer(&console));
}

/// In the composer the space bar writes a space.
#[test]
fn a_key_is_named_only_where_it_works() {
    let mut console = Console::new(120, 35);
    let ask = |console: &mut Console| {
        console.event(EventKind::HandoffRequested, id(AVA), None, Detail::default());
        footer(console)
    };
    assert!(ask(&mut console).contains("Ava Okafor needs a person: Space goes there"));
    console.keys("r");
    assert!(ask(&mut console).ends_with("Ava Okafor needs a person"));
}

/// The question needs its keys in sight, whatever was said a moment ago.
#[test]
fn a_dialog_is_not_robbed_of_its_hints() {
    let mut console = Console::new(80, 24);
    console.keys("y E");
    assert!(footer(&console).contains("Enter next"), "{}", footer(&console));
}

/// Keys that only lead to "you may only read" would be tried again and again.
#[test]
fn who_may_only_read_is_offered_nothing_else() {
    let mut console = Console::new(160, 45);
    if let Some(seat) = &mut console.model.seat {
        seat.role = lotline_common::api::auth::Role::Viewer;
    }
    let screen = console.screen();
    for key in ["r write", "r reply", "t take over", "x settle", "E edit", "n note"] {
        assert!(!screen.contains(key), "{key}\n{screen}");
    }
    assert!(screen.contains("y copy the phone number"), "{screen}");
}

#[test]
fn a_sequence_of_keys_is_helped_along_whatever_was_just_said() {
    let mut console = Console::new(80, 24);
    console.keys("y");
    assert!(footer(&console).contains("Copied"));
    console.keys("g");
    assert!(footer(&console).contains("g g to the top"), "{}", footer(&console));
}

/// "Enter run" under a question whose Enter cancels.
#[test]
fn the_footer_of_a_dialog_says_what_its_keys_do_there() {
    let mut console = Console::new(80, 24);
    console.keys("t");
    assert_eq!(footer(&console), " Esc cancel  y take over  Tab other button");
    console.pass(Duration::from_secs(1)).keys("esc ,");
    assert_eq!(footer(&console), " Right change  Tab next line  Esc close");
    console.keys("esc E");
    assert_eq!(footer(&console), " Enter next  ^S save  Esc cancel");
    console.keys("tab tab");
    assert_eq!(footer(&console), " Enter save  Esc cancel");
}

#[test]
fn the_save_key_saves_from_any_field() {
    let mut console = Console::new(80, 24);
    console.keys("E").types("-Lind").keys("enter");
    assert!(!console.cmds.iter().any(|cmd| matches!(cmd, Cmd::EditLead { .. })), "Enter goes on");
    console.keys("ctrl-s");
    assert!(console.cmds.iter().any(|cmd| matches!(cmd, Cmd::EditLead { .. })), "{:?}", console.cmds);
}

/// The count alone sends an operator looking for whom it means.
#[test]
fn the_header_names_who_has_waited_longest_where_there_is_room() {
    let mut console = Console::new(120, 35);
    assert!(header(&console).contains("need you: Zoë Okafor 9m"), "{}", header(&console));
    console.keys("ctrl-l");
    assert!(!header(&console).contains("Zoë"), "{}", header(&console));
    console.keys("ctrl-l").happen(What::Resize { columns: 60, rows: 20 });
    assert!(
        header(&console).contains("need you") && !header(&console).contains("Zoë"),
        "{}",
        header(&console)
    );
}

/// Names in the notices would be read by everybody who watches the shared screen.
#[test]
fn hidden_customers_are_hidden_in_the_notices_too() {
    let mut console = Console::new(230, 45);
    console.event(EventKind::HandoffExpired, id(AVA), None, Detail::default());
    assert!(footer(&console).contains("Ava Okafor"));
    console.keys("ctrl-l");
    let detail = Detail { floor: Some(floor(FloorKind::Nobody, 7)), ..Detail::default() };
    console.event(EventKind::HandoffRequested, id(AVA), None, detail).keys("y N");
    let screen = console.screen();
    assert!(!screen.contains("Ava") && !screen.contains("555"), "{screen}");
    assert!(screen.contains("a customer needs a person"), "{screen}");
    console.keys("esc ctrl-l N");
    assert!(console.screen().contains("Nobody took over Ava Okafor in time"));
}

/// A text meant for the view's first lead would go to the one of the view before.
#[test]
fn a_view_shows_a_lead_of_its_own_and_keeps_what_was_written() {
    let mut console = Console::new(120, 35);
    console.keys("r").types("for Zoe").keys("esc 1 ] ] ]");
    let open = console.model.inbox.selected;
    assert_ne!(open, Some(zoe()), "Zoe is not with the AI");
    assert_eq!(open, console.model.inbox.at(0));
    assert_eq!(console.model.unsent[&id(50)][&zoe()], "for Zoe");
}

/// A conversation of mine would sink below everything the AI does.
#[test]
fn whom_i_talk_to_stands_before_whom_the_ai_talks_to() {
    let mut console = Console::new(120, 35);
    let mine = lead(103, "Liam Nguyen", FloorKind::Member, None);
    console.page(vec![mine]);
    let place = |number| console.model.inbox.position(id(number)).unwrap();
    assert!(place(100) < place(103) && place(103) < place(AVA), "waiting, mine, the AI's");
}

#[test]
fn one_key_leaves_the_sign_in() {
    let mut console = Console::new(80, 24);
    console.model = Model::new(super::NOON, 80, 24);
    console.keys("ctrl-c");
    assert!(console.cmds.iter().any(|cmd| matches!(cmd, Cmd::Quit)), "its hint says so");
}

#[test]
fn the_counter_names_the_character_that_makes_a_text_dear() {
    let mut console = Console::new(120, 35);
    console.keys("r").types("It’s ready");
    assert!(console.screen().contains("’ makes it 70 a segment"), "{}", console.screen());
    console.happen(What::Paste("\u{200b}".to_owned())).keys("ctrl-a");
    console.model.compose.set("\u{200b}plain");
    assert!(console.screen().contains("U+200B makes it 70 a segment"), "{}", console.screen());
}

#[test]
fn a_refusal_is_said_once_under_the_composer() {
    let mut console = Console::new(120, 35);
    let detail = Detail { opted_out: Some(true), ..Detail::default() };
    console.event(EventKind::ConsentChanged, zoe(), None, detail).keys("r");
    let answer = serde_json::from_value(serde_json::json!({
        "allowed": false, "next_allowed_at": null, "ruleset": "1",
        "reasons": [{"rule": "opted_out", "text": "The customer asked not to be texted.", "source": "x"}],
    }))
    .unwrap();
    console.happen(What::Checked { id: zoe(), answer: Ok(answer) });
    let screen = console.screen();
    assert!(screen.contains("OPTED OUT: texts are refused") && !screen.contains("NOT NOW"), "{screen}");
}

/// "The AI stops writing" about a customer whom a colleague has would be untrue.
#[test]
fn taking_over_says_from_whom() {
    let mut console = Console::new(80, 24);
    console.keys("t");
    assert!(
        console.screen().contains("The customer waits for a person: that is you then."),
        "{}",
        console.screen()
    );
    console.pass(Duration::from_secs(1)).keys("esc");
    set_floor(&mut console, FloorKind::Ai);
    console.keys("t");
    assert!(console.screen().contains("The AI stops writing to this customer now."), "{}", console.screen());
}

/// Told to settle it while the daemon still finds out, an operator would send it twice.
#[test]
fn an_outcome_still_looked_into_asks_nobody_to_settle_it() {
    let mut console = Console::new(120, 35);
    let mut made = turn(905, 5, AuthorKind::Member, "On my way");
    let mut state = delivery(DeliveryState::Unknown);
    (state.needs_operator, state.advice) = (false, Some("Ask the customer.".to_owned()));
    made.delivery = Some(state);
    console.said(zoe(), made);
    let screen = console.screen();
    assert!(screen.contains("being looked into") && !screen.contains("Ask the customer"), "{screen}");
}

#[test]
fn a_text_that_waits_for_the_carrier_says_how_often_it_was_tried() {
    let mut state = delivery(DeliveryState::Queued);
    state.attempts = 3;
    assert_eq!(crate::text::mark(&state, super::NOON, true), "queued, tried 3 times");
    state.attempts = 0;
    assert_eq!(crate::text::mark(&state, super::NOON, true), "queued");
}

#[test]
fn a_number_that_is_a_lead_already_opens_its_thread() {
    let mut console = Console::new(120, 35);
    console.keys("A").types("3035550101").keys("ctrl-s");
    let mut problem = Problem::new(409, "lead_exists", "This number is a lead already");
    problem.existing_id = Some(id::<()>(AVA).to_string());
    console.cmds.clear();
    console.happen(What::Created(Err(Error::Problem(Box::new(problem)))));
    assert_eq!(console.model.inbox.selected, Some(id(AVA)));
    let thread = |cmd: &Cmd| matches!(cmd, Cmd::FetchTimeline { id: lead, .. } if *lead == id(AVA));
    assert!(console.cmds.iter().any(thread), "{:?}", console.cmds);
}

#[test]
fn the_banner_of_a_lost_connection_has_no_half_a_sentence() {
    let mut console = Console::new(80, 24);
    console.stream(StreamUpdate::Lost { retry_in: Duration::from_secs(12) });
    let banner = console.screen().lines().nth(1).unwrap_or_default().to_owned();
    assert!(banner.ends_with("R retries now"), "{banner}");
}

fn finder(console: &Console) -> &Finder {
    match &console.model.overlay {
        Some(Overlay::Finder(finder) | Overlay::Help(finder)) => finder,
        other => panic!("a finder was expected: {other:?}"),
    }
}

#[test]
fn the_palette_begins_with_deeds_and_its_pages_turn() {
    let mut console = Console::new(80, 24);
    console.keys("ctrl-k");
    let Found::Action(first) = finder(&console).found[0] else { panic!("an action comes first") };
    assert!(!matches!(first.spec().group, Group::Move | Group::Panes), "{first:?}");
    console.keys("pagedown pagedown");
    assert_eq!(finder(&console).line, 20);
    console.happen(What::Wheel { column: 5, row: 5, lines: -3 }).keys("pageup pageup pageup");
    assert_eq!(finder(&console).line, 0, "it stops at the top");
}
