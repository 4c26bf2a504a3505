//! What is shown once. It closes by its own keys alone.

use ratatui::{Frame, text::Line};

use super::frame::{lines, popup};
use crate::{
    action::Action,
    model::{Model, told::Told},
    text,
    widget::wrap::wrap,
};

const WIDTH: u16 = 76;

pub(super) fn draw(model: &Model, told: &Told, frame: &mut Frame<'_>) {
    let room = usize::from(WIDTH.min(frame.area().width.saturating_sub(4)));
    let key = |action| model.keymap.key(action);
    let mut all: Vec<Line<'static>> = wrap(&text::line(&told.say), room).into_iter().map(Line::raw).collect();
    all.push(Line::default());
    // Recovery codes stand two in a line, so that a small screen shows them all.
    let beside = if told.lines.len() > 1 { 2 } else { 1 };
    for together in told.lines.chunks(beside) {
        let shown: Vec<_> = together.iter().map(|line| text::line(line.expose())).collect();
        let shown = wrap(&shown.join("   "), room).into_iter();
        all.extend(shown.map(|line| Line::styled(line, model.theme.accent())));
    }
    all.push(Line::default());
    let copied = if told.copied { "Copied. " } else { "" };
    let hint = format!(
        "{copied}Shown this once: {} copies, {} closes",
        key(Action::CopyTold),
        key(Action::CloseTold)
    );
    all.extend(wrap(&hint, room).into_iter().map(|line| Line::styled(line, model.theme.dim())));
    let height = u16::try_from(all.len()).unwrap_or(20);
    let inner = popup(model, frame, told.title, WIDTH, height);
    // On a small screen the words give way, not what must be read.
    let skip = all.len().saturating_sub(usize::from(inner.height));
    lines(frame, inner, all.into_iter().skip(skip).collect());
}
