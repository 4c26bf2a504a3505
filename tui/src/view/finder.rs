//! The palette and the help page.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::frame::{ellipsis, popup, typed};
use crate::{
    action::Action,
    model::{
        Model,
        overlay::{Finder, Found},
    },
    text, when,
    widget::wrap::{fit, pad},
};

pub(super) fn palette(model: &Model, finder: &Finder, frame: &mut Frame<'_>) {
    let inner = popup(model, frame, "Find   > actions  @ leads  # views  ! organizations", 72, 16);
    draw(model, finder, frame, inner, line);
}

pub(super) fn help(model: &Model, finder: &Finder, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let inner =
        popup(model, frame, "Help   type to search", screen.width.min(100), screen.height.saturating_sub(6));
    draw(model, finder, frame, inner, help_line);
}

type Write = fn(&Model, &Found, usize) -> Line<'static>;

fn draw(model: &Model, finder: &Finder, frame: &mut Frame<'_>, area: Rect, write: Write) {
    let (before, after) = finder.input.split();
    let mut spans = vec![Span::styled("> ", model.theme.accent())];
    spans.extend(typed(before, after));
    frame.render_widget(Line::from(spans), Rect { height: 1.min(area.height), ..area });
    let lines = usize::from(area.height.saturating_sub(3)).max(1);
    let first = finder.line.saturating_sub(lines - 1);
    let width = usize::from(area.width);
    let rows = finder.found.iter().enumerate().skip(first).take(lines);
    for ((index, found), row) in rows.zip(0_u16..) {
        let place = Rect { y: area.y + 1 + row, height: 1, ..area }.intersection(area);
        let mut line = write(model, found, width);
        if index == finder.line {
            line = Line::styled(pad(&line.to_string(), width, ""), model.theme.selected());
        }
        frame.render_widget(line, place);
    }
    let key = |action| model.keymap.key(action);
    let count = finder.found.len();
    let say = format!("{count} found   {} runs it   {} closes", key(Action::Press), key(Action::No));
    let foot = Rect { y: area.bottom().saturating_sub(1), height: 1.min(area.height), ..area };
    frame.render_widget(Line::styled(fit(&say, width, ellipsis(model)), model.theme.dim()), foot);
}

fn line(model: &Model, found: &Found, width: usize) -> Line<'static> {
    let dots = ellipsis(model);
    match found {
        Found::Action(action) => {
            let spec = action.spec();
            let name = pad(&format!("  {}", spec.name), width.saturating_sub(26), dots);
            let keys = pad(&model.keymap.keys(*action).join(" "), 18, dots);
            Line::from(vec![
                Span::raw(name),
                Span::styled(keys, model.theme.accent()),
                Span::styled(format!("  {}", spec.risk.word()), model.theme.dim()),
            ])
        }
        Found::Lead(id) => {
            let Some(entry) = model.inbox.entry(*id) else {
                return Line::default();
            };
            let lead = &entry.lead;
            let vehicle = lead.vehicle.as_deref().map(text::line).unwrap_or_default();
            let phone = lead.phones.first().map(lotline_common::PhoneNumber::display).unwrap_or_default();
            let age = lead.last_turn.as_ref().map(|turn| when::age(model.now, turn.at)).unwrap_or_default();
            let say = if model.hidden {
                "@ (hidden)".to_owned()
            } else {
                let name = pad(&text::lead_name(lead), 22, dots);
                let phone = pad(if lead.name.is_some() { &phone } else { "" }, 14, dots);
                let tag = text::tag(&entry, model.me());
                let vehicle = pad(&vehicle, width.saturating_sub(51), dots);
                format!("@ {name} {tag:<2}  {phone}  {vehicle} {age:>4}")
            };
            Line::styled(fit(&say, width, dots), model.theme.customer())
        }
        Found::View(view) => Line::raw(format!("# View: {}", view.name())),
        Found::Organization(id, name) => {
            let here = model.seat.as_ref().is_some_and(|seat| seat.organization.id == *id);
            let here = if here { "  (you are here)" } else { "" };
            Line::raw(fit(&format!("! Organization: {}{here}", text::line(name)), width, dots))
        }
    }
}

fn help_line(model: &Model, found: &Found, width: usize) -> Line<'static> {
    let Found::Action(action) = found else {
        return Line::default();
    };
    let spec = action.spec();
    let keys = model.keymap.keys(*action);
    let keys = if keys.is_empty() { "(palette)".to_owned() } else { keys.join("  ") };
    let risk = if spec.risk.word().is_empty() { String::new() } else { format!(" ({})", spec.risk.word()) };
    Line::from(vec![
        Span::styled(pad(spec.group.name(), 11, ""), model.theme.dim()),
        Span::styled(pad(&keys, 19, ellipsis(model)), model.theme.accent()),
        Span::styled(
            fit(&format!("{}{risk}", spec.help), width.saturating_sub(30), ellipsis(model)),
            Style::new(),
        ),
    ])
}
