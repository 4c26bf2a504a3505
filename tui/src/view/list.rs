//! The list of leads: only the lines that are on the screen are made.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use super::frame::{ellipsis, pane, typed};
use crate::{
    layout::Desk,
    model::{Focus, Model, inbox::Entry},
    text, when,
    widget::wrap::pad,
};

/// The lead on the first line. The selection keeps its line of the screen while others move around it.
pub fn first(model: &Model, lines: usize) -> usize {
    let count = model.inbox.len();
    let at = model.inbox.selected.and_then(|id| model.inbox.position(id)).unwrap_or(0);
    at.saturating_sub(model.inbox.row.min(lines - 1)).min(count.saturating_sub(lines))
}

pub(super) fn draw(model: &Model, desk: &Desk, frame: &mut Frame<'_>, area: Rect) {
    let focused = model.focus == Focus::List;
    let inbox = &model.inbox;
    let order = inbox.view.name();
    let title = match (&inbox.typing, inbox.filter()) {
        (None, "") => format!("1 Leads  {order}"),
        (None, filter) => format!("1 Leads  /{filter}"),
        (Some(_), _) => "1 Leads  filter".to_owned(),
    };
    let at = inbox.selected.and_then(|id| inbox.position(id)).map_or(0, |at| at + 1);
    let more = inbox.paging.values().any(|paging| paging.cursor.is_some());
    let foot = format!("{at}/{}{}", inbox.len(), if more { "+" } else { "" });
    let mut inner = pane(model, desk, frame, area, &title, focused, &foot);
    if let Some(input) = &inbox.typing {
        let (before, after) = input.split();
        let mut spans = vec![Span::styled("/", model.theme.accent())];
        spans.extend(typed(before, after));
        frame.render_widget(Line::from(spans), Rect { height: 1, ..inner });
        inner = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    }
    if inbox.is_empty() {
        let say = if model.link.snapshot { "Nothing here" } else { "Reading…" };
        let say = if model.theme.unicode { say } else { say.trim_end_matches('…') };
        frame.render_widget(Line::styled(format!(" {say}"), model.theme.dim()), inner);
        return;
    }
    let lines = usize::from(inner.height / desk.per_lead).max(1);
    let first = first(model, lines);
    for (entry, line) in inbox.window(first, lines).zip(0_u16..) {
        let row = Rect { y: inner.y + line * desk.per_lead, height: desk.per_lead, ..inner };
        lead(model, &entry, frame, row, focused);
    }
}

fn lead(model: &Model, entry: &Entry, frame: &mut Frame<'_>, row: Rect, focused: bool) {
    let selected = model.inbox.selected == Some(entry.lead.id);
    if selected {
        let style = if focused {
            model.theme.selected()
        } else {
            Style::new().add_modifier(ratatui::style::Modifier::BOLD)
        };
        frame.buffer_mut().set_style(row, style);
    }
    let lead = &entry.lead;
    let tag = text::tag(entry, model.me());
    let name = if model.hidden { "(hidden)".to_owned() } else { text::lead_name(lead) };
    let at = lead.waiting_since.or(lead.last_turn.as_ref().map(|turn| turn.at)).unwrap_or(lead.created_at);
    let dot = match (lead.unread > 0, model.theme.unicode) {
        (false, _) => " ",
        (true, true) => "●",
        (true, false) => "*",
    };
    let age = format!("{:>4}{dot}", when::age(model.now, at));
    let mark = match (selected, model.theme.unicode) {
        (false, _) => " ",
        (true, true) => "▌",
        (true, false) => ">",
    };
    let room = usize::from(row.width).saturating_sub(5 + age.width());
    // The selection has its own two colours; a third on top would not be readable.
    let style = if selected && focused { Style::new() } else { tag_style(model, &tag) };
    let spans = vec![
        Span::raw(mark),
        Span::styled(pad(&tag, 3, ""), style),
        Span::raw(pad(&name, room, ellipsis(model))),
        Span::raw(" "),
        Span::raw(age),
    ];
    frame.render_widget(Line::from(spans), Rect { height: 1, ..row });
    if row.height > 1 {
        second(model, entry, frame, Rect { y: row.y + 1, height: 1, ..row }, selected && focused);
    }
}

/// The vehicle, and the last words said.
fn second(model: &Model, entry: &Entry, frame: &mut Frame<'_>, row: Rect, bright: bool) {
    let lead = &entry.lead;
    let dot = if model.theme.unicode { " · " } else { " - " };
    let mut say = String::new();
    if entry.handoff {
        say.push_str("wants a person");
    }
    for part in [lead.vehicle.as_deref(), lead.last_turn.as_ref().map(|turn| turn.text.as_str())] {
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            if !say.is_empty() {
                say.push_str(dot);
            }
            // More than a line of it is never seen.
            say.extend(text::line(part).chars().take(200));
        }
    }
    let say = if model.hidden { "(hidden)" } else { say.as_str() };
    let say = format!("    {}", pad(say, usize::from(row.width).saturating_sub(5), ellipsis(model)));
    frame.render_widget(Line::styled(say, if bright { Style::new() } else { model.theme.dim() }), row);
}

pub(super) fn tag_style(model: &Model, tag: &str) -> Style {
    match tag {
        "!!" => model.theme.warn(),
        "AI" => model.theme.ai(),
        "ME" => model.theme.member(),
        "NO" => model.theme.danger(),
        _ => model.theme.dim(),
    }
}
