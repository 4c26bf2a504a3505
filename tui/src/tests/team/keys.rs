//! API keys.

use lotline_common::api::auth::Role;
use serde_json::json;

use super::{NOON, answer, calls, id, later, me, people, settle};
use crate::{
    call::{Answer, Call, Deed},
    cmd::Cmd,
};

#[test]
fn a_new_key_80x24() {
    let mut console = people(80, 24, Role::Admin);
    console.keys("g k A").types("Website form").keys("tab tab tab");
    insta::assert_snapshot!(console.screen());
}

/// Lost: an admin who was made an agent is offered what the daemon refuses, until they sign in again.
#[test]
fn a_role_that_changed_meanwhile_changes_what_is_offered() {
    let mut console = people(120, 24, Role::Admin);
    console.keys("g k");
    answer(&mut console, me("agent", false));
    assert_eq!(console.model.seat.as_ref().unwrap().role, Role::Agent);
    assert!(console.model.team.is_none(), "the page of keys is no agent's");
}

#[test]
fn a_key_is_made_with_scopes_shown_once_and_revoked() {
    let mut console = people(80, 24, Role::Admin);
    console.keys("g k A").types("Website form").keys("tab tab tab tab").types(" ").keys("ctrl-s");
    let made = console.cmds.iter().find_map(|cmd| match cmd {
        Cmd::Team(Call::MakeApiKey(body)) => Some(body.clone()),
        _ => None,
    });
    let made = made.unwrap();
    assert_eq!((made.name.as_str(), made.expires_in_days), ("Website form", Some(90)));
    assert_eq!(made.scopes.unwrap().len(), 1, "one is ticked, so it is not everything");
    let key = json!({"id": id::<()>(80), "name": "Website form", "role": "agent", "made_by": id::<()>(1), "created_at": NOON, "expires_at": later(90), "last_used_at": null});
    let mut whole = key.clone();
    whole["key"] = json!("lk_secret");
    answer(&mut console, Answer::ApiKeyMade(Ok(serde_json::from_value(whole).unwrap())));
    assert!(console.screen().contains("lk_secret"));
    settle(&mut console).keys("esc");
    answer(&mut console, Answer::ApiKeys(Ok(serde_json::from_value(json!([key])).unwrap())));
    let screen = console.screen();
    assert!(screen.contains("Website form") && !screen.contains("lk_secret"), "{screen}");
    console.cmds.clear();
    console.keys("D");
    settle(&mut console).keys("y");
    assert!(matches!(calls(&console)[..], [Call::Do(Deed::RevokeApiKey(_))]), "{:?}", console.cmds);
}

/// Lost: an empty list of scopes would be a key that may do nothing, or everything.
#[test]
fn a_key_without_any_scope_is_not_made() {
    let mut console = people(80, 24, Role::Admin);
    console.keys("g k A").types("Form").keys("tab tab tab").types(" ").keys("ctrl-s");
    assert!(console.screen().contains("Tick what the key may do"), "{}", console.screen());
    console.types(" ").keys("ctrl-s");
    let whole = |call: &&&Call| matches!(call, Call::MakeApiKey(body) if body.scopes.is_none());
    assert_eq!(calls(&console).iter().filter(whole).count(), 1, "{:?}", console.cmds);
}
