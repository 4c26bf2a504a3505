//! Work that was given up.

use lotline_common::{
    api::auth::Role,
    event::{Detail, EventKind},
};
use serde_json::json;

use super::{NOON, answer, calls, id, people, settle};
use crate::{
    call::{Answer, Call, Deed},
    tests::{Console, zoe},
};

fn letters(console: &mut Console) {
    let list = json!([
        {"id": id::<()>(90), "kind": "deliver_message", "lead_id": zoe(), "lead_name": "Zo\u{eb} \u{1b}[2JMarsh",
         "attempts": 5, "last_error": "Something failed on our side; the log has the details.", "since": NOON},
        {"id": id::<()>(91), "kind": "forget_receipts", "attempts": 1,
         "last_error": "Something failed on our side; the log has the details.", "since": NOON},
    ]);
    answer(console, Answer::DeadLetters(Ok(serde_json::from_value(list).unwrap())));
    console.cmds.clear();
}

fn work(role: Role) -> Console {
    let mut console = people(80, 24, role);
    console.keys("g w");
    assert!(matches!(calls(&console)[..], [Call::DeadLetters]), "{:?}", console.cmds);
    letters(&mut console);
    console
}

#[test]
fn given_up_work_80x24() {
    insta::assert_snapshot!(work(Role::Agent).screen());
}

/// Lost: a text that could not be sent is nobody's, when the list of them cannot be worked through.
#[test]
fn it_is_tried_again_at_once_and_let_go_after_a_question() {
    let mut console = work(Role::Agent);
    console.keys("r");
    assert!(matches!(calls(&console)[..], [Call::Do(Deed::RetryJob(_))]), "{:?}", console.cmds);
    console.cmds.clear();
    console.keys("j x");
    assert!(calls(&console).is_empty(), "it asks first");
    assert!(console.screen().contains("forget an erased customer's receipts"), "{}", console.screen());
    settle(&mut console).keys("y");
    assert!(matches!(calls(&console)[..], [Call::Do(Deed::GiveUpJob(_))]), "{:?}", console.cmds);
    console.cmds.clear();
    let done = Answer::Done { deed: Deed::GiveUpJob(id(91)), done: Ok(()) };
    answer(&mut console, done);
    assert!(matches!(calls(&console)[..], [Call::DeadLetters]), "it is read again");
}

#[test]
fn a_viewer_sees_it_and_decides_nothing() {
    let mut console = work(Role::Viewer);
    console.keys("r x");
    assert!(calls(&console).is_empty() && console.model.overlay.is_none());
}

/// Lost: work that is given up while nobody looks at the list is found by chance.
#[test]
fn news_of_it_is_told_and_read() {
    let mut console = Console::new(80, 24);
    console.event(EventKind::DeadLetterAdded, zoe(), None, Detail::default());
    assert!(console.screen().contains("g w shows it"), "{}", console.screen());
    let mut console = work(Role::Agent);
    console.event(EventKind::DeadLetterRemoved, zoe(), None, Detail::default());
    assert!(matches!(calls(&console)[..], [Call::DeadLetters]), "{:?}", console.cmds);
}
