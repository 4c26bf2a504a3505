//! Forms: a label, a field, what is wrong, and the keys.

use ratatui::{
    Frame,
    style::Style,
    text::{Line, Span},
};

use super::frame::{lines, popup, typed};
use crate::{
    action::Action,
    model::{
        Model,
        overlay::{Form, FormKind, Value},
    },
    text,
    widget::wrap::wrap,
};

pub(super) fn draw(model: &Model, form: &Form, frame: &mut Frame<'_>) {
    let title = match form.kind {
        FormKind::NewLead => "New lead",
        FormKind::EditLead { .. } => "Edit the lead",
        FormKind::Assign { .. } => "Assign",
        FormKind::Note(_) => "Note for the team; the customer never sees it",
        FormKind::OptOut(_) => "Record an opt-out",
    };
    let height = u16::try_from(form.fields.len() * 2 + 4).unwrap_or(12);
    let inner = popup(model, frame, title, 62, height);
    let mut all = Vec::new();
    for (index, field) in form.fields.iter().enumerate() {
        let on = index == form.line && !form.busy;
        all.push(Line::styled(field.label, if on { model.theme.accent() } else { model.theme.dim() }));
        let mut spans = vec![Span::styled(if on { "> " } else { "  " }, model.theme.accent())];
        match &field.value {
            Value::Text(input) if on => {
                let (before, after) = input.split();
                spans.extend(typed(tail(before, usize::from(inner.width).saturating_sub(6)), after));
            }
            Value::Text(input) => spans.push(Span::raw(input.text())),
            Value::Status(status) => spans.push(choice(model, text::status(*status), on)),
            Value::Member(member) => {
                let name = member.and_then(|id| model.members.iter().find(|known| known.id == id));
                let name =
                    name.map_or_else(|| "nobody".to_owned(), |member| text::line(&member.name).into_owned());
                spans.push(choice(model, &name, on));
            }
        }
        all.push(Line::from(spans));
    }
    all.push(Line::default());
    let key = |action| model.keymap.key(action);
    if form.busy {
        all.push(Line::styled("Saving", model.theme.dim()));
    } else if let Some(trouble) = &form.trouble {
        let room = usize::from(inner.width);
        all.extend(
            wrap(&text::line(trouble), room).into_iter().map(|line| Line::styled(line, model.theme.danger())),
        );
    }
    let last = form.line + 1 == form.fields.len();
    let step = if last { "saves" } else { "next" };
    let chosen = !matches!(form.fields.get(form.line).map(|field| &field.value), Some(Value::Text(_)));
    let hints = [
        Some(format!("{} {step}", key(Action::Submit))),
        (!last).then(|| format!("{} saves", key(Action::Save))),
        chosen.then(|| "Left Right choose".to_owned()),
        Some(format!("{} cancels", key(Action::No))),
    ];
    let hint = hints.into_iter().flatten().collect::<Vec<_>>().join(", ");
    all.push(Line::styled(hint, model.theme.dim()));
    lines(frame, inner, all);
}

fn choice(model: &Model, word: &str, on: bool) -> Span<'static> {
    let style = if on { model.theme.selected() } else { Style::new() };
    Span::styled(format!("< {word} >"), style)
}

/// The end of what was typed, so that the cursor stays in sight.
fn tail(text: &str, room: usize) -> &str {
    use unicode_segmentation::UnicodeSegmentation;
    use unicode_width::UnicodeWidthStr;
    let mut used = 0;
    let mut from = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme.width();
        if used > room {
            break;
        }
        from = at;
    }
    &text[from..]
}
