//! Sessions and the password.

use super::{account, answer, calls, footer, id, problem, settle};
use crate::call::{Answer, Call, Deed};

#[test]
fn account_80x24() {
    insta::assert_snapshot!(account(80, 24, true).screen());
}

#[test]
fn sessions_are_ended_but_not_the_own_one() {
    let mut console = account(80, 24, false);
    assert!(!footer(&console).contains("end session"), "{}", footer(&console));
    console.keys("D");
    assert!(console.model.overlay.is_none());
    console.keys("j D");
    settle(&mut console).keys("y");
    assert!(matches!(calls(&console)[..], [Call::Do(Deed::EndSession(session))] if *session == id(71)));
    console.cmds.clear();
    console.keys("X");
    settle(&mut console).keys("y");
    assert!(matches!(calls(&console)[..], [Call::Do(Deed::EndOtherSessions)]));
}

/// Lost: a password stands on the screen, or in whatever prints the model.
#[test]
fn a_password_is_changed_and_never_shown() {
    let mut console = account(80, 24, false);
    console.keys("P").types("old horse").keys("enter").types("new horse").keys("enter").types("new house");
    let shown = console.screen();
    assert!(!shown.contains("horse") && shown.contains("*********"), "{shown}");
    assert!(!format!("{:?}", console.model.overlay).contains("horse"));
    console.keys("enter");
    assert!(console.screen().contains("not the same both times"), "{}", console.screen());
    console.keys("ctrl-u").types("new horse").keys("enter");
    let [Call::Do(Deed::ChangePassword(body))] = calls(&console)[..] else { panic!("{:?}", console.cmds) };
    assert_eq!((body.current_password.as_str(), body.new_password.as_str()), ("old horse", "new horse"));
    assert!(!format!("{:?}", console.cmds).contains("horse"), "{:?}", console.cmds);
    let deed = Deed::ChangePassword(body.clone());
    let wrong = Err(problem(401, "invalid_credentials", "The password is wrong."));
    answer(&mut console, Answer::Done { deed, done: wrong });
    assert!(console.screen().contains("The password is wrong."), "{}", console.screen());
    assert!(console.model.seat.is_some(), "still signed in");
}
