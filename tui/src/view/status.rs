//! The header, and the banner of a lost connection.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use super::frame::ellipsis;
use crate::{
    action::Action,
    model::{Model, link::State, wrong},
    text, when,
    widget::wrap::fit,
};

pub(super) fn header(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let Some(seat) = &model.seat else { return };
    let theme = &model.theme;
    let mut right = Vec::new();
    if let Some(say) = wrong::summary(&model.wrong) {
        right.push(Span::styled(say, theme.danger()));
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
    let width = usize::from(area.width);
    let bar = if theme.unicode { "│" } else { "|" };
    let left = format!(" {}", text::line(&seat.organization.name));
    let place = if model.team.is_some() { "Team" } else { "Inbox" };
    let place = format!(" {bar} {place}");
    let wide: usize = right.iter().map(|span| span.width() + dot.width()).sum();
    if let Some(need) = need(model, width.saturating_sub(left.width() + place.width() + wide + 3)) {
        right.insert(0, Span::styled(need, theme.warn()));
    }
    let mut spans = Vec::new();
    for (index, span) in right.into_iter().enumerate() {
        if index > 0 {
            spans.push(Span::styled(dot, theme.dim()));
        }
        spans.push(span);
    }
    let wide: usize = spans.iter().map(Span::width).sum();
    // Where room is short, the place goes before the name is cut.
    let roomy = left.width() + place.width() + wide + 2 <= width;
    let left = if roomy { left + &place } else { left };
    let left = fit(&left, width.saturating_sub(wide + 2), ellipsis(model));
    let gap = width.saturating_sub(left.width() + wide + 1);
    let mut all = vec![Span::styled(left, theme.accent()), Span::raw(" ".repeat(gap))];
    all.extend(spans);
    frame.render_widget(Line::from(all), area);
}

/// How many customers wait for me, and in the room that is left who has waited longest.
fn need(model: &Model, room: usize) -> Option<String> {
    let count = model.inbox.needing();
    let longest = model.inbox.longest_waiting()?;
    let say = format!("!{count} need you");
    let age = longest.lead.waiting_since.map(|since| when::age(model.now, since)).unwrap_or_default();
    let name = if model.hidden { String::new() } else { text::lead_name(&longest.lead) };
    let whole = format!("{say}: {name} {age}");
    Some(if !name.is_empty() && whole.width() <= room { whole } else { say })
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
    let dot = if model.theme.unicode { " · " } else { " - " };
    let mut say = " ! No live connection".to_owned();
    let age = format!("data {} old", when::lapse(model.now, model.link.fresh_at));
    let key = format!("{} retries now", model.keymap.key(Action::Reconnect));
    // The most needed first; what has no room is left out whole.
    for part in [retry, age, key, "nothing is sent by itself".to_owned()] {
        if say.width() + dot.width() + part.width() <= usize::from(area.width) {
            say = say + dot + &part;
        }
    }
    let say = fit(&say, usize::from(area.width), ellipsis(model));
    frame.render_widget(Line::styled(say, model.theme.danger()), area);
}
