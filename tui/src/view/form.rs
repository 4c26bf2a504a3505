//! Forms: a label, a field, what is wrong, and the keys.

use ratatui::{
    Frame,
    style::Style,
    text::{Line, Span},
};

use super::{
    enrol,
    frame::{lines, popup, typed, veil},
};
use crate::{
    action::Action,
    model::{
        Model,
        overlay::{Form, FormKind, Value},
    },
    text,
    widget::wrap::wrap,
};

const WIDTH: u16 = 62;

pub(super) fn draw(model: &Model, form: &Form, frame: &mut Frame<'_>) {
    if let Some(enrolment) = &form.enrolment {
        return enrol::draw(model, form, enrolment, frame);
    }
    let room = usize::from(WIDTH.min(frame.area().width.saturating_sub(4)));
    let (mut all, mut at) = (Vec::new(), 0);
    for (index, field) in form.fields.iter().enumerate() {
        let on = index == form.line && !form.busy;
        if !field.label.is_empty() {
            all.push(Line::styled(field.label, if on { model.theme.accent() } else { model.theme.dim() }));
        }
        if index == form.line {
            at = all.len();
        }
        let mut spans = vec![Span::styled(if on { "> " } else { "  " }, model.theme.accent())];
        spans.extend(value(model, &field.value, on, room));
        all.push(Line::from(spans));
    }
    let foot = foot(model, form, room);
    let height = u16::try_from(all.len() + foot.len() + 1).unwrap_or(u16::MAX);
    let inner = popup(model, frame, title(form.kind), WIDTH, height.max(6));
    // On a small screen the field of the cursor and the keys stay in sight.
    let shown = usize::from(inner.height).saturating_sub(foot.len()).max(1);
    let skip = (at + 1).saturating_sub(shown);
    let mut seen: Vec<Line<'_>> = all.into_iter().skip(skip).take(shown).collect();
    if seen.len() < shown {
        seen.push(Line::default());
    }
    seen.extend(foot);
    lines(frame, inner, seen);
}

const fn title(kind: FormKind) -> &'static str {
    match kind {
        FormKind::NewLead => "New lead",
        FormKind::EditLead { .. } => "Edit the lead",
        FormKind::Assign { .. } => "Assign",
        FormKind::Note(_) => "Note for the team; the customer never sees it",
        FormKind::OptOut(_) => "Record an opt-out",
        FormKind::Invite => "Invite somebody",
        FormKind::Role(_) => "Change the role",
        FormKind::ApiKey => "New API key",
        FormKind::Password => "Change the password; every other session ends",
        FormKind::SetUpTotp => "Set up a second factor",
        FormKind::RemoveTotp => "Remove the second factor",
        FormKind::RenewCodes => "New recovery codes; the ones before end",
    }
}

fn value<'a>(model: &Model, value: &'a Value, on: bool, room: usize) -> Vec<Span<'a>> {
    match value {
        Value::Text(input) if on => {
            let (before, after) = input.split();
            typed(tail(before, room.saturating_sub(6)), after)
        }
        Value::Text(input) => vec![Span::raw(input.text())],
        Value::Secret(input) => {
            let (before, after) = input.split();
            let cursor = if on { typed("", " ") } else { Vec::new() };
            vec![Span::raw(veil(before)), Span::raw(veil(after))].into_iter().chain(cursor).collect()
        }
        Value::Status(status) => vec![choice(model, text::status(*status), on)],
        Value::Role(role, _) => vec![choice(model, role.as_str(), on)],
        Value::Member(member) => {
            let name = member.and_then(|id| model.member(id));
            let name =
                name.map_or_else(|| "nobody".to_owned(), |member| text::line(&member.name).into_owned());
            vec![choice(model, &name, on)]
        }
        Value::Scope(scope, ticked) => {
            let name = scope.map_or("everything that the role may", |scope| scope.as_str());
            let style = if on { model.theme.selected() } else { Style::new() };
            vec![Span::styled(format!("[{}] {name}", if *ticked { "x" } else { " " }), style)]
        }
    }
}

/// What is wrong, and the keys.
fn foot(model: &Model, form: &Form, room: usize) -> Vec<Line<'static>> {
    let mut all = Vec::new();
    if form.busy {
        all.push(Line::styled("Saving", model.theme.dim()));
    } else if let Some(trouble) = &form.trouble {
        let words = wrap(&text::line(trouble), room).into_iter();
        all.extend(words.map(|line| Line::styled(line, model.theme.danger())));
    }
    let key = |action| model.keymap.key(action);
    let last = form.line + 1 == form.fields.len();
    let step = if last { "saves" } else { "next" };
    let way = match form.fields.get(form.line).map(|field| &field.value) {
        Some(Value::Text(_) | Value::Secret(_)) | None => None,
        Some(Value::Scope(..)) => Some("Space ticks".to_owned()),
        Some(_) => Some("Left Right choose".to_owned()),
    };
    let hints = [
        Some(format!("{} {step}", key(Action::Submit))),
        (!last).then(|| format!("{} saves", key(Action::Save))),
        way,
        Some(format!("{} cancels", key(Action::No))),
    ];
    let hint = hints.into_iter().flatten().collect::<Vec<_>>().join(", ");
    all.push(Line::styled(hint, model.theme.dim()));
    all
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
