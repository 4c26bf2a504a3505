//! Alarms over the desk.

use std::time::Duration;

use lotline_common::{
    Page,
    api::alarm::{Alarm, AlarmKind},
    event::{Detail, Event, EventKind},
    stream::StreamUpdate,
};

use super::{Console, NOON};
use crate::{cmd::Cmd, msg::What};

fn alarm(kind: AlarmKind, subject: Option<&str>) -> Alarm {
    Alarm::new(kind, subject.map(str::to_owned), NOON - Duration::from_mins(12))
}

fn open(console: &mut Console, items: Vec<Alarm>) {
    console.happen(What::Alarms(Ok(Page { items, next_cursor: None })));
}

/// The daemon says that one was raised or is over; whether the console asks for all of them.
fn tell(console: &mut Console, kind: EventKind, alarm: AlarmKind) -> bool {
    console.cmds.clear();
    console.seq += 1;
    let detail = Detail { reason: Some(alarm.to_string()), ..Detail::default() };
    let event = Event { seq: console.seq, kind, at: NOON, lead_id: None, actor: None, turn: None, detail };
    console.stream(StreamUpdate::Event(Box::new(event)));
    console.cmds.iter().any(|cmd| matches!(cmd, Cmd::FetchAlarms))
}

/// Lost: a day of texts that nobody got, while the console looked as always.
#[test]
fn an_alarm_is_on_every_screen_until_it_is_over() {
    let mut console = Console::new(120, 35);
    assert!(!console.screen().contains("ALARM"));
    assert!(tell(&mut console, EventKind::AlarmRaised, AlarmKind::CarrierCredentials));
    assert!(console.cmds.iter().any(|cmd| matches!(cmd, Cmd::Bell)));
    open(&mut console, vec![alarm(AlarmKind::CarrierCredentials, None)]);
    for size in [(120, 35), (80, 24), (40, 12)] {
        let mut console = Console::new(size.0, size.1);
        open(&mut console, vec![alarm(AlarmKind::CarrierCredentials, None)]);
        assert!(console.screen().contains("ALARM"), "{size:?}: {}", console.screen());
    }
    assert!(console.screen().contains("ALARM carrier credentials"), "{}", console.screen());
    assert!(tell(&mut console, EventKind::AlarmCleared, AlarmKind::CarrierCredentials));
    open(&mut console, Vec::new());
    assert!(!console.screen().contains("ALARM"), "{}", console.screen());
}

/// Lost: what to do, to the only person who is there.
#[test]
fn the_alarms_say_what_to_do() {
    let mut console = Console::new(80, 24);
    let silent = alarm(AlarmKind::NumberSilent, Some("+13035550199 \u{1b}[2J"));
    open(&mut console, vec![silent, alarm(AlarmKind::DiskFull, None)]);
    console.keys("g a");
    let screen = console.screen();
    assert!(!screen.contains('\u{1b}'), "{screen}");
    insta::assert_snapshot!(screen);
    console.keys("j");
    assert!(!console.screen().contains("number silent"), "{}", console.screen());
    console.keys("j j esc");
    assert!(console.model.overlay.is_none());
}
