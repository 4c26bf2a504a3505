//! Whole screens at fixed sizes and a fixed clock.

use std::time::Duration;

use lotline_common::{
    api::{message::DeliveryState, turn::AuthorKind},
    stream::StreamUpdate,
};
use ratatui::style::Color;

use super::{Console, delivery, turn, zoe};
use crate::{model::Model, msg::What, theme::Theme};

fn drafted(columns: u16, rows: u16) -> Console {
    let mut console = Console::new(columns, rows);
    let draft = serde_json::from_value(serde_json::json!({
        "id": super::id::<()>(700), "lead_id": zoe(), "author": {"kind": "ai"}, "at": super::NOON,
        "text": "I can hold it until 6 PM for $500 down.", "reason": "price_without_source",
    }))
    .unwrap();
    console.happen(What::Drafts { id: zoe(), drafts: Ok(vec![draft]) });
    console
}

#[test]
fn inbox_80x24() {
    insta::assert_snapshot!(drafted(80, 24).screen());
}

#[test]
fn inbox_120x35_writing_with_a_held_text() {
    let mut console = drafted(120, 35);
    let mut held = turn(905, 5, AuthorKind::Member, "See you Thursday 5:30.");
    let mut state = delivery(DeliveryState::Held);
    state.hold_until = Some(super::NOON + Duration::from_secs(4));
    held.delivery = Some(state);
    console.said(zoe(), held).keys("r").types("I will have the keys ready… 👋");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn inbox_200x50() {
    insta::assert_snapshot!(drafted(200, 50).screen());
}

#[test]
fn list_and_thread_60x20_ascii() {
    let mut console = drafted(60, 20);
    console.model.theme = Theme::NONE.ascii();
    let screen = console.screen();
    assert!(screen.chars().filter(|c| !"Zoë王小明👩‍🔧😀".contains(*c)).all(|c| c.is_ascii()), "{screen}");
    insta::assert_snapshot!(screen);
}

#[test]
fn thread_alone_40x12() {
    let mut console = drafted(40, 12);
    console.keys("enter");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn take_over_80x24() {
    let mut console = drafted(80, 24);
    console.keys("t");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn the_thread_went_on_80x24() {
    let mut console = drafted(80, 24);
    console
        .keys("r")
        .types("See you at five")
        .said(zoe(), turn(905, 5, AuthorKind::Customer, "I bought elsewhere"));
    console.keys("ctrl-s");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn help_80x24() {
    let mut console = drafted(80, 24);
    console.keys("?");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn palette_120x35() {
    let mut console = drafted(120, 35);
    console.keys("ctrl-k").types("take");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn disconnected_80x24() {
    let mut console = drafted(80, 24);
    console.stream(StreamUpdate::Lost { retry_in: Duration::from_secs(12) }).pass(Duration::from_secs(4));
    insta::assert_snapshot!(console.screen());
}

#[test]
fn sign_in_80x24() {
    let mut console = Console::new(80, 24);
    console.model = Model::new(super::NOON, 80, 24);
    console.model.sign_in.server = crate::widget::input::Input::new("http://desk.northside.example");
    console.types("dana@northside.example").keys("tab").types("secret word");
    let screen = console.screen();
    assert!(!screen.contains("secret"), "{screen}");
    insta::assert_snapshot!(screen);
}

#[test]
fn without_colour_there_is_no_colour_and_every_state_is_still_a_word() {
    let mut console = drafted(120, 35);
    console.model.theme = Theme::NONE;
    let buffer = console.buffer();
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    let screen = console.screen();
    for word in ["!! Zoë", "AI Ava", "ME", "NO Ines", "ZZ Diego", "-- Priya", "UNKNOWN", "DRAFT, not sent"] {
        assert!(screen.contains(word), "{word}\n{screen}");
    }
    console.model.theme = Theme::LIGHT;
    assert_eq!(console.screen(), screen, "palettes differ in colour alone");
}

/// No size is refused, and none makes the drawing panic.
#[test]
fn any_size_is_drawn() {
    let sizes = (1..=70).step_by(3).flat_map(|columns| (1..=30).map(move |rows| (columns, rows)));
    for (columns, rows) in sizes.chain([(110, 20), (159, 40), (219, 60), (300, 80)]) {
        let mut console = drafted(80, 24);
        console.happen(What::Resize { columns, rows });
        for keys in
            ["r", "esc 3", "esc t", "esc ?", "esc E", "esc ctrl-k", "esc ,", "esc /", "esc z", "2 ctrl-u G"]
        {
            console.keys(keys);
            let _drawn = console.buffer();
        }
    }
}
