//! The audit log over the desk.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::frame::{ellipsis, popup, typed};
use crate::{
    action::Action,
    model::{
        Model,
        audit::{AuditLog, about, who},
    },
    text, when,
    widget::wrap::{fit, pad},
};

pub(super) fn draw(model: &Model, log: &AuditLog, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let (width, height) = (screen.width.min(110), screen.height.saturating_sub(4));
    let area = popup(model, frame, "Audit log, newest first   type to search", width, height);
    let (before, after) = log.input.split();
    let mut spans = vec![Span::styled("> ", model.theme.accent())];
    spans.extend(typed(before, after));
    frame.render_widget(Line::from(spans), Rect { height: 1.min(area.height), ..area });
    let shown = log.shown();
    let rows = usize::from(area.height.saturating_sub(3)).max(1);
    let first = log.line.saturating_sub(rows - 1);
    for ((index, line), row) in shown.iter().enumerate().skip(first).take(rows).zip(0_u16..) {
        let place = Rect { y: area.y + 1 + row, height: 1, ..area }.intersection(area);
        let zone = model.zone();
        let clock = format!("{} {}", when::day(model.now, line.at, &zone), when::clock(line.at, &zone));
        let told = format!(
            "{} {} {} {}",
            pad(&clock, 20, ""),
            pad(line.action.as_str(), 26, ellipsis(model)),
            pad(&text::line(&who(line)), 18, ellipsis(model)),
            text::line(&about(line))
        );
        let told = fit(&told, usize::from(area.width), ellipsis(model));
        let style = if index == log.line { model.theme.selected() } else { model.theme.customer() };
        frame.render_widget(Line::styled(told, style), place);
    }
    let foot = Rect { y: area.bottom().saturating_sub(1), height: 1.min(area.height), ..area };
    let say = fit(&say(model, log, shown.len()), usize::from(area.width), ellipsis(model));
    frame.render_widget(Line::styled(say, model.theme.dim()), foot);
}

fn say(model: &Model, log: &AuditLog, shown: usize) -> String {
    let key = |action| model.keymap.key(action);
    let more = match (&log.trouble, log.asking, &log.older) {
        (Some(trouble), ..) => text::line(trouble).into_owned(),
        (None, true, _) => "asking the server".to_owned(),
        (None, false, Some(_)) => format!("{} reads older ones", key(Action::Press)),
        (None, false, None) => "that is all".to_owned(),
    };
    format!("{shown} lines   {more}   {} closes", key(Action::No))
}
