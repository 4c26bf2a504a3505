//! People, API keys and the own account, by keys and answers: what all of these tests begin with.

mod account;
mod keys;
mod people;
mod second_factor;
mod work;

use lotline_common::{At, Problem, api::auth::Role, client::Error};
use serde_json::{Value, json};

use super::{Console, NOON, id};
use crate::{
    action::Action,
    call::{Answer, Call},
    cmd::Cmd,
    model::{overlay::Overlay, team::Page},
    msg::What,
};

fn member(number: u128, name: &str, role: &str, more: &Value) -> Value {
    let mut member = json!({
        "id": id::<()>(number), "name": name, "email": format!("{}@northside.example", name.split(' ').next().unwrap().to_lowercase()),
        "role": role, "totp": number % 2 == 1,
    });
    member.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    member
}

fn members(console: &mut Console, items: Vec<Value>) {
    let items = serde_json::from_value(Value::Array(items)).unwrap();
    console.happen(What::Members(Ok(items)));
}

fn answer(console: &mut Console, answer: Answer) {
    console.happen(What::Team(answer));
}

fn later(days: u64) -> At {
    NOON + std::time::Duration::from_hours(24 * days)
}

fn me(role: &str, totp: bool) -> Answer {
    let me = json!({
        "user": {"id": id::<()>(1), "email": "dana@northside.example", "name": "Dana Reyes"},
        "organization": {"id": id::<()>(50), "name": "Northside Honda", "slug": "northside", "time_zone": "America/Denver"},
        "role": role, "memberships": [], "totp": totp, "recovery_codes_left": if totp { 8 } else { 0 },
    });
    Answer::Me(Ok(serde_json::from_value(me).unwrap()))
}

/// Signed in with this role, on the page of people, with everything read.
fn people(columns: u16, rows: u16, role: Role) -> Console {
    let mut console = Console::new(columns, rows);
    console.model.seat.as_mut().unwrap().role = role;
    console.keys("g p");
    let shut = json!({"disabled": true});
    members(
        &mut console,
        vec![
            member(1, "Dana Reyes", role.as_str(), &json!({})),
            member(2, "Eli Morrow", "agent", &json!({})),
            member(3, "Samira Ottoline Featherstonehaugh-Vandermeer", "manager", &json!({})),
            member(4, "Theo Brandt", "viewer", &shut),
        ],
    );
    let invite = json!({"id": id::<()>(60), "email": "kit@northside.example", "role": "agent", "invited_by": id::<()>(1), "created_at": NOON, "expires_at": later(7)});
    let invites = serde_json::from_value(json!([invite])).unwrap();
    answer(&mut console, Answer::Invites(Ok(invites)));
    answer(&mut console, me(role.as_str(), false));
    console.cmds.clear();
    console
}

fn account(columns: u16, rows: u16, totp: bool) -> Console {
    let mut console = people(columns, rows, Role::Agent);
    console.keys("g m");
    answer(&mut console, me("agent", totp));
    let session = |number: u128, current: bool, address: &str| json!({"id": id::<()>(number), "current": current, "created_at": NOON, "last_used_at": NOON, "expires_at": later(30), "address": address, "user_agent": "lotline/0.1.0"});
    let sessions = json!([session(70, true, "203.0.113.9"), session(71, false, "203.0.113.44")]);
    answer(&mut console, Answer::Sessions(Ok(serde_json::from_value(sessions).unwrap())));
    console.cmds.clear();
    console
}

fn calls(console: &Console) -> Vec<&Call> {
    console.cmds.iter().filter_map(called).collect()
}

const fn called(cmd: &Cmd) -> Option<&Call> {
    match cmd {
        Cmd::Team(call) => Some(call),
        _ => None,
    }
}

fn footer(console: &Console) -> String {
    console.screen().lines().last().unwrap_or_default().to_owned()
}

fn problem(status: u16, code: &str, title: &str) -> Error {
    Error::Problem(Box::new(Problem::new(status, code, title)))
}

/// A guarded dialog takes keys a quarter of a second later.
fn settle(console: &mut Console) -> &mut Console {
    console.pass(std::time::Duration::from_secs(1))
}

const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn setup() -> Answer {
    let url = format!("otpauth://totp/Lotline:dana%40northside.example?secret={SECRET}&issuer=Lotline");
    Answer::TotpBegun(Ok(serde_json::from_value(json!({"secret": SECRET, "otpauth_url": url})).unwrap()))
}

fn codes() -> Answer {
    Answer::Codes(Ok(serde_json::from_value(json!({"recovery_codes": ["aaaa-bbbb", "cccc-dddd"]})).unwrap()))
}

/// Lost: the way to these screens has to be known by heart.
#[test]
fn the_palette_and_the_help_lead_there_and_away() {
    let mut console = Console::new(80, 24);
    console.keys("ctrl-k").types("my account").keys("enter");
    assert_eq!(console.model.team.as_ref().map(|team| team.page), Some(Page::Account));
    console.keys("?");
    assert!(matches!(console.model.overlay, Some(Overlay::Help(_))));
    console.keys("esc");
    assert!(console.model.team.is_some(), "help lies over it");
    console.keys("]");
    assert_eq!(console.model.team.as_ref().map(|team| team.page), Some(Page::People));
    console.keys("ctrl-k").types("filter leads").keys("enter");
    assert!(
        console.model.team.is_none() && console.model.inbox.typing.is_some(),
        "what is about the desk shows it"
    );
    assert!(console.model.offers(Action::Invite), "no page, no rule");
}

/// Names and addresses are typed by strangers.
#[test]
fn hostile_names_steer_no_terminal() {
    let evil = "\u{1b}[2J\u{202e}evil\u{9b}31m\r\n";
    let mut console = people(80, 24, Role::Admin);
    members(&mut console, vec![member(2, "Eli Morrow", "agent", &json!({"name": evil, "email": evil}))]);
    let invite = json!([{"id": id::<()>(60), "email": evil, "role": "agent", "invited_by": null, "created_at": NOON, "expires_at": later(7)}]);
    answer(&mut console, Answer::Invites(Ok(serde_json::from_value(invite).unwrap())));
    for keys in ["g p", "x", "esc D", "esc E", "esc G D", "esc"] {
        settle(&mut console).keys(keys);
        for cell in &console.buffer().content {
            assert_eq!(lotline_common::plain::plain(cell.symbol()), cell.symbol());
            assert!(!cell.symbol().chars().any(char::is_control));
        }
    }
}

#[test]
fn any_size_draws_every_page() {
    for (columns, rows) in [(1, 1), (20, 5), (40, 12), (60, 20), (80, 24), (200, 50)] {
        let mut console = people(120, 35, Role::Admin);
        console.happen(What::Resize { columns, rows });
        for keys in ["g p", "A", "esc j E", "esc x", "g k", "A", "esc g w", "x", "esc g m", "P", "esc F"] {
            console.keys(keys);
            let _drawn = console.buffer();
        }
        answer(&mut console, setup());
        let _drawn = console.buffer();
        answer(&mut console, codes());
        let _drawn = console.buffer();
    }
}
