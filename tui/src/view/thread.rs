//! The thread: laid out backwards from the newest line in sight, so its cost is that of one screen.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use super::{
    block,
    frame::{lines, pane},
};
use crate::{
    action::Action,
    layout::Desk,
    model::{
        Focus, Model,
        thread::{Older, Thread},
    },
    text,
};

pub(super) fn draw(model: &Model, desk: &Desk, frame: &mut Frame<'_>, area: Rect) {
    let focused = model.focus == Focus::Thread;
    let Some(lead) = model.open() else {
        pane(model, desk, frame, area, "2 Thread", focused, "");
        return;
    };
    let dot = if model.theme.unicode { "·" } else { "-" };
    let name = if model.hidden { "(hidden)".to_owned() } else { text::lead_name(&lead) };
    let state =
        if lead.opted_out { "OPTED OUT, no texts".to_owned() } else { text::floor(&lead, model.me()) };
    let inner = pane(model, desk, frame, area, &format!("2 {name} {dot} {state}"), focused, "");
    let Some(thread) = model.open_thread().filter(|thread| thread.loaded || block::count(thread) > 0) else {
        frame.render_widget(Line::styled(" Reading the thread", model.theme.dim()), inner);
        return;
    };
    let (mut seen, clipped) = window(model, thread, usize::from(inner.width), usize::from(inner.height));
    if !clipped && matches!(thread.older, Older::Asked(_)) && !seen.is_empty() {
        seen[0] = Line::styled("Reading older messages", model.theme.dim()).centered();
    }
    lines(frame, inner, seen);
    chip(model, thread, frame, area, desk);
}

/// The lines in sight, and whether something older is above them.
fn window(model: &Model, thread: &Thread, width: usize, height: usize) -> (Vec<Line<'static>>, bool) {
    let count = block::count(thread);
    if count == 0 {
        return (vec![Line::styled(" Nothing has been said yet", model.theme.dim())], false);
    }
    let (mut index, below) = match thread.anchor {
        Some(anchor) => (block::index(thread, anchor.seq), anchor.below),
        None => (count - 1, 0),
    };
    let mut pieces = vec![block::block(model, thread, index, width)];
    let keep = pieces[0].len().saturating_sub(below);
    pieces[0].truncate(keep);
    let mut have = keep;
    while have < height && index > 0 {
        index -= 1;
        let piece = block::block(model, thread, index, width);
        have += piece.len();
        pieces.push(piece);
    }
    let all: Vec<Line<'static>> = pieces.into_iter().rev().flatten().collect();
    let skip = all.len().saturating_sub(height);
    (all.into_iter().skip(skip).collect(), skip > 0 || index > 0)
}

/// Instead of jumping: how many turns came below what is being read.
fn chip(model: &Model, thread: &Thread, frame: &mut Frame<'_>, area: Rect, desk: &Desk) {
    if thread.anchor.is_none() {
        return;
    }
    let arrow = if model.theme.unicode { "↓" } else { "v" };
    let key = model.keymap.key(Action::Bottom);
    let say = match thread.unseen {
        0 => format!(" {arrow} {key} to the newest "),
        new => format!(" {arrow} {new} new ({key}) "),
    };
    let wide = u16::try_from(say.width()).unwrap_or(0).min(area.width);
    let y = if desk.bordered {
        area.bottom().saturating_sub(1)
    } else {
        desk.inner(area).bottom().saturating_sub(1)
    };
    let place = Rect { x: area.right().saturating_sub(wide + 2), y, width: wide, height: 1 };
    let style = if thread.unseen > 0 { model.theme.warn() } else { model.theme.accent() };
    frame.render_widget(Span::styled(say, style), place.intersection(area));
}
