//! The header, the banner of a lost connection, and the footer with its hints.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use super::frame::ellipsis;
use crate::{
    action::{ALL, Action},
    key,
    keymap::Found,
    model::{Model, link::State, notice::Level},
    text, when,
    widget::wrap::fit,
};

pub(super) fn header(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let Some(seat) = &model.seat else { return };
    let needing = model.inbox.needing();
    let theme = &model.theme;
    let mut right = Vec::new();
    if needing > 0 {
        right.push(Span::styled(format!("!{needing} need you"), theme.warn()));
    }
    if model.hidden {
        right.push(Span::styled("HIDDEN", theme.warn()));
    }
    if !model.may_write() {
        right.push(Span::styled("read only", theme.warn()));
    }
    right.push(Span::raw(when::clock(model.now, &seat.zone)));
    right.push(link(model));
    let dot = if theme.unicode { " · " } else { " - " };
    let mut spans = Vec::new();
    for (index, span) in right.into_iter().enumerate() {
        if index > 0 {
            spans.push(Span::styled(dot, theme.dim()));
        }
        spans.push(span);
    }
    let wide: usize = spans.iter().map(Span::width).sum();
    let width = usize::from(area.width);
    let bar = if theme.unicode { "│" } else { "|" };
    let left = format!(" {} {bar} Inbox", text::line(&seat.organization.name));
    let left = fit(&left, width.saturating_sub(wide + 2), ellipsis(model));
    let gap = width.saturating_sub(left.width() + wide + 1);
    let mut all = vec![Span::styled(left, theme.accent()), Span::raw(" ".repeat(gap))];
    all.extend(spans);
    frame.render_widget(Line::from(all), area);
}

/// The connection in a few words.
fn link(model: &Model) -> Span<'static> {
    let dots = if model.theme.unicode { ("●", "◌", "○") } else { ("*", "~", "o") };
    match model.link.state {
        State::Connecting => Span::styled(format!("{} connecting", dots.1), model.theme.dim()),
        State::Live => {
            let millis = model.link.round_trip.map(|time| format!(" {}ms", time.as_millis().max(1)));
            Span::styled(format!("{} live{}", dots.0, millis.unwrap_or_default()), model.theme.good())
        }
        State::Lost { .. } => {
            let age = when::lapse(model.now, model.link.fresh_at);
            Span::styled(format!("{} offline {age}", dots.2), model.theme.danger())
        }
    }
}

pub(super) fn banner(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let State::Lost { retry_at } = model.link.state else {
        return;
    };
    let left = retry_at.since(model.now).as_secs_f64().ceil();
    let retry = if left > 0.0 { format!("retry in {left}s") } else { "trying now".to_owned() };
    let key = model.keymap.key(Action::Reconnect);
    let dot = if model.theme.unicode { "·" } else { "-" };
    let say = format!(
        " ! No live connection {dot} {retry} {dot} data {} old {dot} {key} retries now {dot} nothing is sent by itself",
        when::lapse(model.now, model.link.fresh_at)
    );
    let say = fit(&say, usize::from(area.width), ellipsis(model));
    frame.render_widget(Line::styled(say, model.theme.danger()), area);
}

pub(super) fn footer(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let width = usize::from(area.width);
    if let Some(notice) = model.notices.showing(model.now) {
        let style = match notice.level {
            Level::Info => model.theme.accent(),
            Level::Warn => model.theme.warn(),
            Level::Bad => model.theme.danger(),
        };
        let say = fit(&format!(" {}", text::line(&notice.text)), width, ellipsis(model));
        frame.render_widget(Line::styled(say, style), area);
        return;
    }
    let hints = if model.pressed.is_empty() { hints(model) } else { continuations(model) };
    let wide = |(keys, label): &(String, String)| keys.width() + label.width() + 3;
    // The way to everything else keeps its place, however narrow the screen.
    let help = hints.iter().position(|(_, label)| label == Action::Help.spec().hint);
    let mut room = width.saturating_sub(1 + help.map_or(0, |at| wide(&hints[at])));
    let mut spans = vec![Span::raw(" ")];
    let mut full = false;
    for (index, hint) in hints.iter().enumerate() {
        full |= wide(hint) > room + 2;
        if full && Some(index) != help {
            continue;
        }
        if Some(index) != help {
            room = room.saturating_sub(wide(hint));
        }
        spans.push(Span::styled(hint.0.clone(), model.theme.accent()));
        spans.push(Span::raw(format!(" {}  ", hint.1)));
    }
    frame.render_widget(Line::from(spans), area);
}

/// What can be done here, the most useful first. Help always keeps its place.
fn hints(model: &Model) -> Vec<(String, String)> {
    let context = model.context();
    let filtering = model.inbox.typing.is_some();
    let fits = |spec: &&crate::action::Spec| spec.rank > 0 && spec.contexts.contains(&context) && !filtering;
    let mut specs: Vec<_> = ALL.iter().filter(fits).collect();
    specs.sort_by_key(|spec| spec.rank);
    if filtering {
        return [("Enter", "keep"), ("Esc", "clear"), ("Up Down", "move")]
            .map(|(key, label)| (key.to_owned(), label.to_owned()))
            .into();
    }
    let hint = |spec: &&crate::action::Spec| {
        Some((model.keymap.key_in(context, spec.action)?, spec.hint.to_owned()))
    };
    specs.iter().filter_map(hint).collect()
}

/// After the first key of a sequence: what may follow.
fn continuations(model: &Model) -> Vec<(String, String)> {
    let context = model.context();
    let pressed = key::shown(&model.pressed);
    let follows = |keys: &String| keys.starts_with(&format!("{pressed} "));
    let all = ALL.iter().filter(|spec| spec.contexts.contains(&context));
    let found = all.flat_map(|spec| {
        let keys = model.keymap.keys(spec.action).into_iter().filter(follows);
        keys.map(|keys| (keys, spec.name.to_lowercase()))
    });
    let prefix = model.keymap.find(context, &model.pressed) == Found::Prefix;
    if prefix { found.collect() } else { Vec::new() }
}
