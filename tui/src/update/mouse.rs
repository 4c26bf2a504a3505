//! The mouse: a click chooses a pane or a lead, the wheel scrolls. It never sends or confirms anything.

use ratatui::layout::{Position, Rect};

use super::{ask, compose, find, inbox, team, thread};
use crate::{
    cmd::Cmd,
    layout::Desk,
    model::{Focus, Model, overlay::Overlay},
    view::list,
};

pub(super) fn click(model: &mut Model, column: u16, row: u16) -> Vec<Cmd> {
    if model.seat.is_none() || model.overlay.is_some() || model.team.is_some() {
        return Vec::new();
    }
    let desk = Desk::of(model);
    let hit = |pane: Option<Rect>| pane.is_some_and(|pane| pane.contains(Position::new(column, row)));
    if hit(desk.list) {
        model.focus = Focus::List;
        let top = desk.list.map_or(0, |pane| desk.inner(pane).y);
        let line = usize::from(row.saturating_sub(top) / desk.per_lead);
        let first = list::first(model, desk.list_lines());
        if let Some(id) = model.inbox.at(first + line).filter(|_| row >= top) {
            model.inbox.row = line;
            inbox::select(model, id);
            return thread::fetch(model);
        }
    } else if hit(desk.thread) {
        model.focus = Focus::Thread;
    } else if hit(desk.compose) {
        return compose::open(model);
    } else if hit(desk.details) {
        model.focus = Focus::Details;
    }
    Vec::new()
}

pub(super) fn wheel(model: &mut Model, column: u16, row: u16, lines: i32) -> Vec<Cmd> {
    match model.overlay {
        Some(Overlay::Notices { .. } | Overlay::Wrong { .. }) => ask::leaf(model, lines),
        Some(_) => find::scroll(model, lines.signum()),
        None => {}
    }
    if model.seat.is_none() || model.overlay.is_some() {
        return Vec::new();
    }
    if model.team.is_some() {
        return team::step(model, lines.signum());
    }
    let desk = Desk::of(model);
    let over_list = desk.list.is_some_and(|pane| pane.contains(Position::new(column, row)));
    if over_list { inbox::step(model, lines.signum()) } else { thread::scroll(model, lines) }
}
