//! Alarms: fetched when the desk is, and whenever the daemon says that one was raised or is over.

use lotline_common::{
    Page,
    api::alarm::{Alarm, AlarmKind},
    client::Error,
    event::{Event, EventKind},
};

use super::act::tell;
use crate::{
    cmd::Cmd,
    model::{Model, notice::Level, overlay::Overlay, wrong::name},
};

pub(super) fn open(model: &mut Model) -> Vec<Cmd> {
    model.overlay = Some(Overlay::Wrong { top: 0 });
    // The machine's own alarms come without an event.
    vec![Cmd::FetchAlarms]
}

pub(super) fn changed(model: &mut Model, event: &Event) -> Vec<Cmd> {
    let kind = event.detail.reason.as_deref().and_then(|word| word.parse::<AlarmKind>().ok());
    let what = kind.map_or_else(|| "see the alarms".to_owned(), name);
    let mut cmds = if event.kind == EventKind::AlarmRaised {
        let advice = kind.map_or("", AlarmKind::advice);
        let mut cmds = tell(model, Level::Bad, &format!("Alarm: {what}. {advice}"));
        cmds.push(Cmd::Bell);
        cmds
    } else {
        tell(model, Level::Info, &format!("Over: {what}"))
    };
    cmds.push(Cmd::FetchAlarms);
    cmds
}

pub(super) fn take(model: &mut Model, alarms: Result<Page<Alarm>, Error>) {
    // What was known stands until something newer is.
    if let Ok(page) = alarms {
        model.wrong = page.items;
    }
}
