//! Deadlines: the only thing that wakes an idle console. When nothing counts down, that is once a minute.

use std::time::Duration;

use lotline_common::{At, api::message::DeliveryState};

use super::{inbox, thread};
use crate::{
    cmd::Cmd,
    model::{Model, link::State},
};

/// The next moment at which the screen or the model changes by itself.
pub fn next_deadline(model: &Model) -> Option<At> {
    let alarms = model.alarms;
    let once = [alarms.open, alarms.search, alarms.save, alarms.refetch, model.notices.until(model.now)];
    let counting = counts_down(model).then(|| next(model.now, 1));
    // Ages and the clock are shown in minutes.
    let minute = model.seat.is_some().then(|| next(model.now, 60));
    once.into_iter().chain([counting, minute]).flatten().min()
}

fn next(now: At, seconds: i64) -> At {
    At::from_unix_seconds((now.unix_seconds().div_euclid(seconds) + 1) * seconds)
}

/// Something on the screen shows seconds.
fn counts_down(model: &Model) -> bool {
    let lost = matches!(model.link.state, State::Lost { .. });
    let held = model.open_thread().is_some_and(|thread| {
        let newest = thread.turns().iter().rev().take(20);
        newest.filter_map(|turn| turn.delivery.as_ref()).any(|delivery| {
            delivery.state == DeliveryState::Held
                && delivery.hold_until.is_some_and(|until| until > model.now)
        })
    });
    model.seat.is_some() && (lost || held)
}

/// Does what is due.
pub(super) fn ring(model: &mut Model) -> Vec<Cmd> {
    let now = model.now;
    let due = |alarm: &mut Option<At>| alarm.take_if(|at| *at <= now).is_some();
    let mut alarms = model.alarms;
    let mut cmds = Vec::new();
    if due(&mut alarms.open) {
        cmds.extend(thread::fetch(model));
    }
    if due(&mut alarms.search) {
        cmds.extend(inbox::ask_server(model));
    }
    if due(&mut alarms.refetch) {
        cmds.extend(inbox::refetch(model));
        cmds.extend(thread::fetch(model));
    }
    if due(&mut alarms.save) {
        super::compose::stash(model);
        cmds.push(Cmd::SaveState);
    }
    model.alarms = alarms;
    cmds
}

/// `ahead` from now.
pub(super) fn after(model: &Model, ahead: u64) -> At {
    model.now + Duration::from_millis(ahead)
}
