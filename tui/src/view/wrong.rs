//! Open alarms over the desk, each with what to do.

use ratatui::{Frame, text::Line};

use super::frame::{lines, popup};
use crate::{
    model::{Model, wrong::name},
    text, when,
    widget::wrap::wrap,
};

const WIDTH: u16 = 76;

pub(super) fn draw(model: &Model, top: usize, frame: &mut Frame<'_>) {
    let room = usize::from(WIDTH.min(frame.area().width.saturating_sub(4)));
    let mut all = Vec::new();
    for alarm in model.wrong.iter().skip(top) {
        let subject = alarm.subject.as_deref().map(|subject| format!(": {subject}")).unwrap_or_default();
        let head = format!("{}{subject}, for {}", name(alarm.kind), when::age(model.now, alarm.since));
        all.extend(
            wrap(&text::line(&head), room).into_iter().map(|line| Line::styled(line, model.theme.danger())),
        );
        all.extend(wrap(&text::line(&alarm.advice), room).into_iter().map(Line::raw));
        all.push(Line::default());
    }
    if all.is_empty() {
        all.push(Line::styled("No alarm is open", model.theme.good()));
    }
    let height = u16::try_from(all.len()).unwrap_or(u16::MAX).min(20);
    let inner = popup(model, frame, "Alarms, the oldest first", WIDTH, height);
    lines(frame, inner, all);
}
