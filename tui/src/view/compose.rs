//! The composer: the text, what it costs, and whether it may go.

use lotline_common::{api::lead::FloorKind, sms};
use ratatui::{
    Frame,
    layout::Rect,
    style::{Modifier, Style},
    text::Line,
};
use unicode_width::UnicodeWidthChar as _;

use super::frame::{ellipsis, pane};
use crate::{
    action::Action,
    layout::Desk,
    model::{Focus, Model, inbox::holds},
    text,
    widget::wrap::fit,
};

pub(super) fn draw(model: &Model, desk: &Desk, frame: &mut Frame<'_>, area: Rect) {
    let focused = model.focus == Focus::Compose;
    pane(model, desk, frame, area, &title(model, focused), focused, "");
    let inner = desk.text(area);
    let [text, count] = [
        Rect { height: inner.height.saturating_sub(1), ..inner },
        Rect { y: inner.bottom().saturating_sub(1), height: 1.min(inner.height), ..inner },
    ];
    if model.hidden {
        frame.render_widget(Line::styled("(hidden)", model.theme.dim()), text);
    } else if focused {
        // The clone is of one text message; the widget keeps its scroll position inside and wants its styles set.
        let mut area = model.compose.area.clone();
        area.set_cursor_style(Style::new().add_modifier(Modifier::REVERSED));
        frame.render_widget(&area, text);
    } else {
        let lines = model.compose.area.lines();
        let say = fit(&text::line(&lines.join(" ")), usize::from(text.width), ellipsis(model));
        frame.render_widget(Line::styled(say, model.theme.dim()), text);
    }
    counter(model, frame, count);
}

fn title(model: &Model, focused: bool) -> String {
    let key = |action| model.keymap.key(action);
    let who = model.seat.as_ref().map(|seat| text::line(&seat.user.name).into_owned()).unwrap_or_default();
    let dot = if model.theme.unicode { "·" } else { "-" };
    if !model.may_write() {
        return "read only".to_owned();
    }
    if focused {
        let hold = model.settings.hold.map_or_else(String::new, |hold| format!(", {hold} s undo"));
        format!("reply as {who} {dot} {} send{hold}", key(Action::Send))
    } else {
        format!("reply as {who} {dot} {} write", key(Action::Reply))
    }
}

/// Characters, segments, and what stands in the way.
fn counter(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let body = model.compose.text();
    let cost = sms::segments(body.trim());
    let characters = body.trim().chars().count();
    let dot = if model.theme.unicode { " · " } else { " - " };
    let plural = if cost.count == 1 { "segment" } else { "segments" };
    let mut parts = vec![format!("{}/{}", cost.units, cost.capacity), format!("{} {plural}", cost.count)];
    let mut style = model.theme.dim();
    if characters > sms::MAX_CHARACTERS {
        parts.insert(0, format!("{} TOO LONG", characters - sms::MAX_CHARACTERS));
        style = model.theme.danger();
    }
    let opted_out = model.open().is_some_and(|lead| lead.opted_out);
    if let Some(lead) = model.open() {
        if lead.opted_out {
            parts.insert(0, "OPTED OUT: texts are refused".to_owned());
            style = model.theme.danger();
        } else if lead.floor.kind == FloorKind::Ai {
            parts.push("sending takes over".to_owned());
        } else if lead.floor.kind == FloorKind::Member && !holds(&lead, model.me()) {
            parts.insert(0, text::floor(&lead, model.me()));
            style = model.theme.warn();
        }
    }
    if let Some(odd) = sms::beyond_gsm7(body.trim()) {
        let odd =
            if odd.width().unwrap_or(0) > 0 { odd.to_string() } else { format!("U+{:04X}", u32::from(odd)) };
        parts.push(format!("{odd} makes it 70 a segment"));
    }
    if let Some(gate) = model.open_thread().and_then(|thread| thread.gate.as_ref()) {
        match gate.reasons.first() {
            Some(reason) if !gate.allowed && !opted_out => {
                parts.insert(0, format!("NOT NOW: {}", text::line(&reason.text)));
                style = model.theme.danger();
            }
            Some(_) if opted_out => {}
            _ => parts.push("may be texted now".to_owned()),
        }
    }
    let say = fit(&parts.join(dot), usize::from(area.width), ellipsis(model));
    frame.render_widget(Line::styled(say, style), area);
}
