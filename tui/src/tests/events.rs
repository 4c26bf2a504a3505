//! Every order in which the daemon's answers and events may come.

use lotline_common::{
    api::{
        lead::FloorKind,
        message::DeliveryState,
        turn::{AuthorKind, Turn},
    },
    event::{Detail, Event, EventKind},
    stream::StreamUpdate,
};

use super::{AVA, Console, delivery, floor, id, lead, turn, zoe};
use crate::{cmd::Cmd, model::link::State, msg::What};

/// Sends a text and returns its id and the turn the daemon makes of it.
fn sending(console: &mut Console) -> (uuid::Uuid, Turn) {
    console.keys("r").types("On my way").keys("ctrl-s");
    let client_id = console
        .cmds
        .iter()
        .find_map(|cmd| match cmd {
            Cmd::Send { body, .. } => Some(body.client_id),
            _ => None,
        })
        .unwrap();
    let mut made = turn(905, 5, AuthorKind::Member, "On my way");
    let mut state = delivery(DeliveryState::Held);
    state.client_id = Some(client_id);
    made.delivery = Some(state);
    (client_id, made)
}

fn count(console: &Console) -> usize {
    let thread = console.model.open_thread().unwrap();
    let turns = thread.turns().iter().filter(|turn| turn.text == "On my way").count();
    turns + thread.echoes.len()
}

#[test]
fn an_echo_becomes_its_turn_whichever_comes_first() {
    for event_first in [true, false] {
        let mut console = Console::new(120, 35);
        let (client_id, made) = sending(&mut console);
        assert_eq!(count(&console), 1);
        let answer = What::Sent { id: zoe(), client_id, turn: Ok(Box::new(made.clone())) };
        if event_first {
            console.said(zoe(), made.clone());
            let mut sent = delivery(DeliveryState::Sent);
            sent.client_id = Some(client_id);
            let detail = Detail { turn_id: Some(made.id), delivery: Some(sent), ..Detail::default() };
            console.event(EventKind::MessageSent, zoe(), None, detail);
            console.happen(answer);
            // The answer is older than the event, although it came later.
            let state =
                console.model.open_thread().unwrap().turns().last().unwrap().delivery.clone().unwrap().state;
            assert_eq!(state, DeliveryState::Sent);
        } else {
            console.happen(answer).said(zoe(), made);
        }
        assert_eq!(count(&console), 1, "event first: {event_first}");
    }
}

#[test]
fn a_failure_after_the_turn_came_does_not_bring_the_text_back() {
    let mut console = Console::new(120, 35);
    let (client_id, made) = sending(&mut console);
    console.said(zoe(), made);
    console.happen(What::Sent { id: zoe(), client_id, turn: Err(lotline_common::client::Error::NoAnswer) });
    assert!(console.model.compose.is_blank(), "it would be sent twice");
    assert_eq!(count(&console), 1);
}

#[test]
fn a_text_that_seemed_lost_leaves_the_composer_when_it_turns_up() {
    let mut console = Console::new(120, 35);
    let (client_id, made) = sending(&mut console);
    console.happen(What::Sent { id: zoe(), client_id, turn: Err(lotline_common::client::Error::NoAnswer) });
    assert_eq!(console.model.compose.text(), "On my way");
    console.said(zoe(), made);
    assert!(console.model.compose.is_blank());
    assert_eq!(count(&console), 1);
}

#[test]
fn an_event_twice_is_an_event_once() {
    let mut console = Console::new(120, 35);
    let said = turn(905, 5, AuthorKind::Customer, "Hello?");
    console.said(zoe(), said.clone());
    let unread = console.model.open().unwrap().unread;
    // The same number again, then the same turn under a later number, as after a snapshot.
    console.seq -= 1;
    console.said(zoe(), said.clone()).said(zoe(), said);
    assert_eq!(console.model.open().unwrap().unread, unread);
    assert_eq!(console.model.open_thread().unwrap().turns().len(), 5);
}

#[test]
fn an_answer_older_than_an_event_changes_nothing_it_said() {
    let mut console = Console::new(120, 35);
    console.said(id(AVA), turn(950, 5, AuthorKind::Customer, "New"));
    let detail = Detail { floor: Some(floor(FloorKind::Nobody, 7)), ..Detail::default() };
    console.event(EventKind::HandoffRequested, id(AVA), None, detail);
    let detail = Detail { opted_out: Some(true), ..Detail::default() };
    console.event(EventKind::ConsentChanged, id(AVA), None, detail);
    console.page(vec![lead(AVA, "Ava Okafor", FloorKind::Ai, None)]);
    let ava = console.model.inbox.lead(id(AVA)).unwrap();
    assert_eq!((ava.floor.fence, ava.turn_seq, ava.opted_out), (7, 5, true));
    assert_eq!(ava.last_turn.as_ref().unwrap().text, "New");
}

#[test]
fn a_reset_reads_everything_again_and_goes_on_from_its_number() {
    let mut console = Console::new(120, 35);
    console.cmds.clear();
    console.stream(StreamUpdate::Reset { seq: Some(400) });
    assert!(
        console.cmds.iter().any(|cmd| matches!(cmd, Cmd::FetchLeads { asked: 400, .. })),
        "{:?}",
        console.cmds
    );
    assert!(console.cmds.iter().any(|cmd| matches!(cmd, Cmd::FetchTimeline { .. })));
    console.seq = 399;
    console.said(zoe(), turn(905, 5, AuthorKind::Customer, "old"));
    assert_eq!(console.model.open_thread().unwrap().turns().len(), 4, "event 400 is in the snapshot");
    console.said(zoe(), turn(905, 5, AuthorKind::Customer, "next"));
    assert_eq!(console.model.open_thread().unwrap().turns().len(), 5);
}

#[test]
fn a_hole_in_a_thread_is_read_again() {
    let mut console = Console::new(120, 35);
    console.said(zoe(), turn(909, 9, AuthorKind::Customer, "after a hole"));
    assert!(console.cmds.iter().any(|cmd| matches!(cmd, Cmd::FetchTimeline { cursor: None, .. })));
}

#[test]
fn a_lost_connection_keeps_the_screen_and_says_how_old_it_is() {
    let mut console = Console::new(120, 35);
    console.stream(StreamUpdate::Lost { retry_in: std::time::Duration::from_secs(4) });
    console.pass(std::time::Duration::from_secs(1));
    let screen = console.screen();
    for words in ["Zoë Okafor", "retry in 3s", "data 0:01 old", "offline 0:01"] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    console.stream(StreamUpdate::Open);
    assert!(matches!(console.model.link.state, State::Live));
    assert!(
        !console.cmds.iter().any(|cmd| matches!(cmd, Cmd::FetchLeads { .. })),
        "the stream replays what was missed"
    );
}

#[test]
fn the_end_of_the_session_clears_the_screen_and_keeps_the_texts() {
    let mut console = Console::new(120, 35);
    console.keys("r").types("unfinished").stream(StreamUpdate::SignedOut);
    assert!(!console.screen().contains("Okafor"));
    assert_eq!(console.model.unsent[&id(50)][&zoe()], "unfinished");
    console.happen(What::SignedIn(Ok(Box::new(super::session()))));
    console.page(vec![lead(super::ZOE, "Zoë Okafor", FloorKind::Nobody, Some(9))]).keys("r");
    assert_eq!(console.model.compose.text(), "unfinished");
}

#[test]
fn a_lead_named_by_many_events_is_fetched_once() {
    let mut console = Console::new(120, 35);
    for _ in 0..50 {
        console.event(EventKind::LeadUpdated, id(777), None, Detail::default());
    }
    let fetched = console.cmds.iter().filter(|cmd| matches!(cmd, Cmd::FetchLead { .. })).count();
    assert_eq!(fetched, 1);
    let newest = Event {
        seq: 51,
        kind: EventKind::LeadUpdated,
        at: super::NOON,
        lead_id: Some(id(777)),
        actor: None,
        turn: None,
        detail: Detail::default(),
    };
    console.happen(What::Lead {
        id: id(777),
        asked: 1,
        lead: Ok(Box::new(lead(777, "New", FloorKind::Ai, None))),
    });
    console.stream(StreamUpdate::Event(Box::new(newest)));
    assert_eq!(console.cmds.iter().filter(|cmd| matches!(cmd, Cmd::FetchLead { .. })).count(), 2);
}

/// Two operators edit one lead: the second must not write back what the first replaced.
#[test]
fn an_edit_sends_only_what_was_changed_and_can_be_repeated_after_a_refusal() {
    let mut console = Console::new(120, 35);
    console.keys("E tab tab").types(" blue");
    let theirs = lotline_common::api::lead::Lead {
        version: 2,
        ..lead(super::ZOE, "Zoë Okafor-Lind", FloorKind::Nobody, Some(9))
    };
    console.keys("enter");
    let mut problem = lotline_common::Problem::new(412, "stale", "Somebody changed this lead meanwhile");
    problem.detail = Some("Look again.".to_owned());
    let refused = Err(lotline_common::client::Error::Problem(Box::new(problem)));
    console.happen(What::Edited { id: zoe(), lead: refused });
    console.happen(What::Lead { id: zoe(), asked: 0, lead: Ok(Box::new(theirs)) });
    console.keys("ctrl-s");
    let edits: Vec<_> = console
        .cmds
        .iter()
        .filter_map(|cmd| match cmd {
            Cmd::EditLead { version, edit, .. } => {
                Some((*version, edit.name.is_some(), edit.vehicle.clone()))
            }
            _ => None,
        })
        .collect();
    let vehicle = Some(Some("25 Civic Sport blue".to_owned()));
    assert_eq!(edits, [(1, false, vehicle.clone()), (2, false, vehicle)]);
}

/// With 300 waiting customers the count in the header would stop at the first page's.
#[test]
fn pages_are_read_until_nobody_on_them_waits() {
    let mut console = Console::new(120, 35);
    console.stream(StreamUpdate::Reset { seq: Some(1) });
    console.cmds.clear();
    let first = (0..200).map(|n| lead(1000 + n, "Waits", FloorKind::Nobody, Some(5))).collect();
    let page = Ok(lotline_common::Page { items: first, next_cursor: Some("2".to_owned()) });
    let source = crate::model::inbox::Source::View(crate::model::inbox::View::All);
    console.happen(What::Leads { source, q: None, first: true, asked: 1, page });
    let next =
        |cmd: &Cmd| matches!(cmd, Cmd::FetchLeads { query, .. } if query.cursor.as_deref() == Some("2"));
    assert!(console.cmds.iter().any(next), "{:?}", console.cmds);
}
