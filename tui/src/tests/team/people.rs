//! Members and invites.

use lotline_common::{
    api::auth::Role,
    event::{Detail, Event, EventKind},
    stream::StreamUpdate,
};
use serde_json::json;

use super::{NOON, answer, calls, footer, id, later, member, members, people, problem, settle};
use crate::{
    call::{Answer, Call, Deed},
    cmd::Cmd,
    model::team::Row,
    theme::Theme,
};

#[test]
fn people_80x24() {
    insta::assert_snapshot!(people(80, 24, Role::Admin).screen());
}

#[test]
fn people_60x20_ascii() {
    let mut console = people(60, 20, Role::Manager);
    console.model.theme = Theme::NONE.ascii();
    let screen = console.screen();
    assert!(screen.is_ascii(), "{screen}");
    insta::assert_snapshot!(screen);
}

/// Lost: nobody can be let in from the console, or a link is on the screen that nobody can take along.
#[test]
fn somebody_is_invited_and_the_link_is_told_once() {
    let mut console = people(80, 24, Role::Admin);
    console.keys("A").types("kit@northside.example").keys("tab right").keys("ctrl-s");
    let [Call::Invite(invite)] = calls(&console)[..] else { panic!("{:?}", console.cmds) };
    assert_eq!((invite.email.as_str(), invite.role), ("kit@northside.example", Role::Viewer));
    let link = "https://desk.northside.example/join#aB3-_x";
    let told = json!({"id": id::<()>(61), "email": "kit@northside.example", "role": "viewer", "invited_by": null, "created_at": NOON, "expires_at": later(7), "token": "aB3-_x", "link": link});
    answer(&mut console, Answer::Invited(Ok(serde_json::from_value(told).unwrap())));
    assert!(console.screen().contains(link), "{}", console.screen());
    console.keys("esc");
    assert!(console.screen().contains(link), "keys typed ahead close nothing");
    settle(&mut console).keys("enter y");
    assert!(
        console.cmds.iter().any(|cmd| matches!(cmd, Cmd::Copy(text) if text == link)),
        "{:?}",
        console.cmds
    );
    console.keys("esc");
    assert!(!console.screen().contains("aB3"), "{}", console.screen());
    assert!(
        !format!("{:?}", console.cmds.iter().filter(|cmd| !matches!(cmd, Cmd::Copy(_))).collect::<Vec<_>>())
            .contains("aB3")
    );
}

/// Lost: a manager is offered to make admins, and is refused after filling in the form.
#[test]
fn a_manager_invites_agents_and_viewers_only() {
    let mut console = people(80, 24, Role::Manager);
    console.keys("A tab");
    for _ in 0..4 {
        console.keys("right");
        let screen = console.screen();
        assert!(screen.contains("< agent >") || screen.contains("< viewer >"), "{screen}");
    }
}

#[test]
fn a_role_is_changed_and_a_refusal_is_said_in_the_form() {
    let mut console = people(80, 24, Role::Admin);
    console.keys("j E left enter");
    let [Call::Do(Deed::EditMember { id: who, edit })] = calls(&console)[..] else {
        panic!("{:?}", console.cmds)
    };
    assert_eq!((*who, edit.role, edit.disabled), (id(2), Some(Role::Manager), None));
    let deed = Deed::EditMember { id: *who, edit: edit.clone() };
    let refused = Err(problem(403, "forbidden", "Your role does not allow this."));
    answer(&mut console, Answer::Done { deed: deed.clone(), done: refused });
    assert!(console.screen().contains("Your role does not allow this."), "{}", console.screen());
    answer(&mut console, Answer::Done { deed, done: Ok(()) });
    assert!(console.model.overlay.is_none());
    assert!(footer(&console).contains("The role is changed"), "{}", footer(&console));
}

/// Lost: one key too many, and a colleague is out in the middle of a conversation.
#[test]
fn nobody_is_shut_out_or_removed_by_one_key() {
    for (keys, button) in [("j x", "Shut out"), ("j D", "Remove"), ("G D", "Revoke"), ("F", "Require")] {
        let mut console = people(80, 24, Role::Admin);
        console.keys(keys).keys("y");
        assert!(calls(&console).is_empty(), "{keys}: typed ahead");
        assert!(console.screen().contains(&format!("[ {button} ]")), "{}", console.screen());
        settle(&mut console).keys("enter");
        assert!(calls(&console).is_empty() && console.model.overlay.is_none(), "Enter cancels");
        console.keys(keys);
        settle(&mut console).keys("y");
        assert_eq!(calls(&console).len(), 1, "{keys}: {:?}", console.cmds);
    }
}

#[test]
fn who_was_shut_out_can_be_let_in_again() {
    let mut console = people(80, 24, Role::Admin);
    console.keys("j j j");
    assert!(footer(&console).contains("x let in"), "{}", footer(&console));
    console.keys("x");
    settle(&mut console).keys("y");
    let [Call::Do(Deed::EditMember { edit, .. })] = calls(&console)[..] else { panic!("{:?}", console.cmds) };
    assert_eq!(edit.disabled, Some(false));
}

/// Lost: keys that only lead to a refusal are tried again and again.
#[test]
fn what_a_role_may_not_do_is_not_offered() {
    let deeds = ["invite", "role", "shut out", "remove", "revoke", "require"];
    for (role, may) in [(Role::Admin, 5), (Role::Manager, 1), (Role::Agent, 0), (Role::Viewer, 0)] {
        let mut console = people(160, 24, role);
        console.keys("j");
        let said = footer(&console);
        let offered = deeds.iter().filter(|deed| said.contains(*deed)).count();
        assert_eq!(offered, may, "{role}: {said}");
        console.keys("x D E F");
        let quiet = console.model.overlay.is_none() && calls(&console).is_empty();
        assert_eq!(quiet, role != Role::Admin, "{role}");
        assert_eq!(console.screen().contains("API keys"), role == Role::Admin, "{role}");
    }
    // Nobody takes their own place away.
    let mut console = people(80, 24, Role::Admin);
    console.keys("x D");
    assert!(
        console.model.overlay.is_none() && footer(&console).contains("Another admin"),
        "{}",
        footer(&console)
    );
}

/// Lost: a colleague comes or goes while an admin looks, and the next key hits somebody else.
#[test]
fn news_of_members_is_read_and_the_selection_stays_on_the_person() {
    let mut console = people(80, 24, Role::Admin);
    assert_eq!(console.model.chosen(), Some(Row::Member(id(1))), "the first one, by itself");
    let detail = Detail { member_id: Some(id(9)), ..Detail::default() };
    let event = Event {
        seq: 1,
        kind: EventKind::MemberChanged,
        at: NOON,
        lead_id: None,
        actor: None,
        turn: None,
        detail,
    };
    console.stream(StreamUpdate::Event(Box::new(event)));
    assert!(console.cmds.iter().any(|cmd| matches!(cmd, Cmd::FetchMembers)), "{:?}", console.cmds);
    assert!(calls(&console).iter().any(|call| matches!(call, Call::Invites)), "an invite may be used up");
    let new = member(9, "Ada Lind", "agent", &json!({}));
    members(
        &mut console,
        vec![new, member(1, "Dana Reyes", "admin", &json!({})), member(2, "Eli Morrow", "agent", &json!({}))],
    );
    assert_eq!(console.model.chosen(), Some(Row::Member(id(1))));
    assert!(console.screen().contains("Ada Lind"), "{}", console.screen());
}
