//! Notices of the last hours: as a popup, and as a column where the screen is very wide.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::frame::{self, lines, popup};
use crate::{
    layout::Desk,
    model::{
        Model,
        notice::{Level, Notice},
    },
    text, when,
    widget::wrap::wrap,
};

pub(super) fn draw(model: &Model, top: usize, frame: &mut Frame<'_>) {
    let inner = popup(model, frame, "Notices, newest first", 70, 18);
    list(model, frame, inner, top);
}

pub(super) fn pane(model: &Model, desk: &Desk, frame: &mut Frame<'_>, area: Rect) {
    frame::pane(model, desk, frame, area, "Lately", false, "");
    list(model, frame, desk.text(area), 0);
}

/// The sentence, unless it was said before the customers were hidden and may name one.
pub(super) fn notice_text(model: &Model, notice: &Notice) -> String {
    if model.hidden && notice.open { "(hidden)".to_owned() } else { text::line(&notice.text).into_owned() }
}

fn list(model: &Model, frame: &mut Frame<'_>, area: Rect, top: usize) {
    let zone = model.zone();
    let mut all = Vec::new();
    for notice in model.notices.all.iter().skip(top).take(usize::from(area.height)) {
        let style = match notice.level {
            Level::Info => model.theme.dim(),
            Level::Warn => model.theme.warn(),
            Level::Bad => model.theme.danger(),
        };
        let clock = format!("{:>8}  ", when::clock(notice.at, &zone));
        for (index, piece) in wrap(&notice_text(model, notice), usize::from(area.width).saturating_sub(10))
            .into_iter()
            .enumerate()
        {
            let clock = if index == 0 { clock.clone() } else { " ".repeat(10) };
            all.push(Line::from(vec![Span::styled(clock, model.theme.dim()), Span::styled(piece, style)]));
        }
    }
    if all.is_empty() {
        all.push(Line::styled("Nothing yet", model.theme.dim()));
    }
    lines(frame, area, all);
}
