//! The second factor: of one’s own will, and because the organization lets nobody in without.

use lotline_common::stream::StreamUpdate;

use super::{Console, NOON, SECRET, account, answer, calls, codes, footer, id, me, problem, settle, setup};
use crate::{
    call::{Answer, Call, Deed},
    cmd::Cmd,
    model::Model,
    msg::What,
    theme::Theme,
    update::start,
};

#[test]
fn a_second_factor_80x24() {
    let mut console = account(80, 24, false);
    console.keys("F");
    answer(&mut console, setup());
    console.types("12345");
    insta::assert_snapshot!(console.screen());
}

/// Lost: who cannot scan has no way to set up a second factor.
#[test]
fn without_room_or_box_drawing_the_secret_is_there_to_type() {
    for (columns, rows, theme) in
        [(60, 20, Theme::DARK), (80, 24, Theme::NONE.ascii()), (40, 12, Theme::DARK)]
    {
        let mut console = account(columns, rows, false);
        console.model.theme = theme;
        console.keys("F");
        answer(&mut console, setup());
        let screen = console.screen();
        assert!(!screen.contains('█'), "{screen}");
        let letters: String = screen.chars().filter(char::is_ascii_alphanumeric).collect();
        assert!(letters.contains(SECRET), "{screen}");
        assert!(screen.contains("Enter confirms"), "{screen}");
    }
}

#[test]
fn a_second_factor_is_confirmed_renewed_and_removed() {
    let mut console = account(80, 24, false);
    assert!(footer(&console).contains("F set up 2FA"), "{}", footer(&console));
    console.keys("F");
    assert!(matches!(calls(&console)[..], [Call::SetUpTotp]));
    answer(&mut console, setup());
    console.types("123456").keys("enter");
    assert!(
        calls(&console).iter().any(|call| matches!(call, Call::ConfirmTotp(body) if body.code == "123456"))
    );
    answer(&mut console, Answer::Codes(Err(problem(400, "invalid", "code: is not the code of now"))));
    assert!(console.screen().contains("is not the code of now"), "{}", console.screen());
    answer(&mut console, codes());
    assert!(console.screen().contains("cccc-dddd"), "{}", console.screen());
    settle(&mut console).keys("esc");
    answer(&mut console, me("agent", true));
    assert!(footer(&console).contains("F remove 2FA"), "{}", footer(&console));
    console.cmds.clear();
    console.keys("C").types("pass word").keys("tab").types("654321").keys("enter");
    assert!(
        matches!(calls(&console)[..], [Call::RenewCodes(body)] if body.password == "pass word" && body.code == "654321")
    );
    answer(&mut console, codes());
    settle(&mut console).keys("esc");
    console.cmds.clear();
    console.keys("F").types("pass word").keys("tab").types("654321").keys("enter");
    assert!(matches!(calls(&console)[..], [Call::Do(Deed::RemoveTotp(_))]), "{:?}", console.cmds);
}

/// Lost: whoever is asked for a second factor sees an error, and no way to set one up.
#[test]
fn who_must_set_up_a_second_factor_is_led_to_it_and_then_in() {
    let mut session = super::super::session();
    session.totp_setup_required = true;
    let mut console = Console::new(80, 24);
    console.model = Model::new(NOON, 80, 24);
    console.happen(What::SignedIn(Ok(Box::new(session.clone()))));
    assert!(matches!(calls(&console)[..], [Call::SetUpTotp]), "{:?}", console.cmds);
    answer(&mut console, setup());
    assert!(console.model.seat.is_none());
    console.types("123456");
    assert!(console.model.sign_in.email.text().is_empty(), "the code is typed into the form on top");
    console.keys("enter");
    answer(&mut console, codes());
    settle(&mut console).keys("esc");
    assert!(
        console.cmds.iter().any(|cmd| matches!(cmd, Cmd::Switch(to) if *to == id(50))),
        "{:?}",
        console.cmds
    );
    console.happen(What::SignedIn(Ok(Box::new(super::super::session()))));
    assert!(console.model.seat.is_some() && console.screen().contains("Northside"), "{}", console.screen());
    // A kept sign-in that may do nothing else leads there as well, and so does a rule that is new.
    let mut model = Model::new(NOON, 80, 24);
    assert!(matches!(start(&mut model, Some(session))[..], [Cmd::Team(Call::SetUpTotp)]));
    console.cmds.clear();
    for _ in 0..2 {
        console.stream(StreamUpdate::Lost { retry_in: std::time::Duration::from_secs(1) });
    }
    assert!(matches!(calls(&console)[..], [Call::Me]), "{:?}", console.cmds);
    let Answer::Me(Ok(mut me)) = me("agent", false) else { unreachable!() };
    me.organization.require_totp = true;
    answer(&mut console, Answer::Me(Ok(me)));
    assert!(calls(&console).iter().any(|call| matches!(call, Call::SetUpTotp)), "{:?}", console.cmds);
    assert!(console.model.seat.is_none(), "the desk is left");
}
